"""Names of people and companies that nobody bears on purpose."""

from random import Random

from idp.people.models import Sex

_FAMILY = (
    *(["Nguyễn"] * 12 + ["Trần"] * 4 + ["Lê"] * 3 + ["Phạm"] * 2 + ["Hoàng"] * 2),
    *(
        "Huỳnh",
        "Phan",
        "Vũ",
        "Võ",
        "Đặng",
        "Bùi",
        "Đỗ",
        "Hồ",
        "Ngô",
        "Dương",
        "Lý",
        "Đinh",
        "Trịnh",
    ),
)
_MIDDLE = {
    Sex.FEMALE: ("Thị", "Thị", "Thị", "Thanh", "Ngọc", "Thu", "Bích", "Kim", "Minh", "Phương"),
    Sex.MALE: ("Văn", "Văn", "Đức", "Hữu", "Quang", "Minh", "Công", "Xuân", "Thành", "Ngọc"),
}
_GIVEN = {
    Sex.FEMALE: (
        *(
            "Hoa",
            "Lan",
            "Hương",
            "Mai",
            "Hà",
            "Linh",
            "Trang",
            "Thảo",
            "Ngân",
            "Yến",
            "Nga",
            "Hạnh",
        ),
        *(
            "Thủy",
            "Dung",
            "Hồng",
            "Loan",
            "Nhung",
            "Vân",
            "Quỳnh",
            "Chi",
            "Anh",
            "My",
            "Oanh",
            "Tâm",
        ),
    ),
    Sex.MALE: (
        *(
            "Hùng",
            "Dũng",
            "Nam",
            "Tuấn",
            "Anh",
            "Sơn",
            "Hải",
            "Long",
            "Khánh",
            "Phúc",
            "Bình",
            "An",
        ),
        *(
            "Thắng",
            "Cường",
            "Đạt",
            "Huy",
            "Kiên",
            "Lâm",
            "Nghĩa",
            "Quân",
            "Tài",
            "Vinh",
            "Tú",
            "Hòa",
        ),
    ),
}
_TRADES = (
    *("Thương mại", "Xây dựng", "Thủy sản", "Dệt may", "Vận tải", "Nông sản", "Cơ khí", "Du lịch"),
    *("Phần mềm", "Bao bì", "Gỗ", "Thực phẩm", "Điện tử", "Dược phẩm"),
)
_FORMS = ("Công ty TNHH", "Công ty TNHH", "Công ty Cổ phần")
_WORDS = (
    *("An Phát", "Bình Minh", "Đại Dương", "Hoàng Gia", "Hưng Thịnh", "Kim Long", "Minh Tâm"),
    *("Nam Việt", "Phú Quý", "Phương Nam", "Sao Mai", "Tân Tiến", "Thành Công", "Thiên Phú"),
    *("Trường Sơn", "Việt Hưng", "Vạn Xuân", "Đông Á", "Hải Âu", "Sông Hồng"),
)


def person_name(random: Random, sex: Sex) -> str:
    """A name, family name first."""
    pick = random.choice
    return f"{pick(_FAMILY)} {pick(_MIDDLE[sex])} {pick(_GIVEN[sex])}"


def company_name(random: Random) -> str:
    """A company's name."""
    pick = random.choice
    return f"{pick(_FORMS)} {pick(_TRADES)} {pick(_WORDS)}"
