"""The residents: a population register at 1 : 2,000 of the census, by province."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import field
from datetime import date, timedelta
from random import Random

from idp.kit.immutable import immutable
from idp.people.models import Sex
from idp.people.population import PopulationEntry
from idp.places.load import Province

RESIDENTS = 48_104
"""96,208,984 residents of the census of 01/04/2019, at 1 : 2,000."""
_DAYS = 365.25
_OLDEST = 92
_FAMILY_NAMES = (
    "Nguyễn " * 12 + "Trần " * 4 + "Lê " * 3 + "Phạm " * 2 + "Hoàng " * 2
    + "Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Trịnh"
)  # fmt: skip
_MIDDLE_NAMES = {
    Sex.FEMALE: "Thị Thị Thị Thanh Ngọc Thu Bích Kim Minh Phương",
    Sex.MALE: "Văn Văn Đức Hữu Quang Minh Công Xuân Thành Ngọc",
}
_GIVEN_NAMES = {
    Sex.FEMALE: "Hoa Lan Hương Mai Hà Linh Trang Thảo Ngân Yến Nga Hạnh "
    "Thủy Dung Hồng Loan Nhung Vân Quỳnh Chi Anh My Oanh Tâm",
    Sex.MALE: "Hùng Dũng Nam Tuấn Anh Sơn Hải Long Khánh Phúc Bình An "
    "Thắng Cường Đạt Huy Kiên Lâm Nghĩa Quân Tài Vinh Tú Hòa",
}


@immutable
class Resident:
    """Someone in the population register."""

    number: str = field(repr=False)
    name: str
    birthdate: date
    sex: Sex
    province: Province
    """Where they live, as the province was called in 2019."""
    email: str = field(default="", repr=False)
    home: tuple[str, ...] = field(default=(), repr=False)
    """Where the post finds them: street, commune, province."""

    def age(self, on: date) -> int:
        """Whole years on a day."""
        born = self.birthdate
        return on.year - born.year - ((on.month, on.day) < (born.month, born.day))

    def entry(self) -> PopulationEntry:
        """The row of the register."""
        return PopulationEntry(
            self.number,
            self.name,
            self.birthdate.isoformat(),
            self.sex,
            self.province.new_code,
            self.email,
            *self.home,
        )


class Numbers:
    """Citizen numbers PPP G YY SSSSSS, each given once."""

    def __init__(self) -> None:
        self._serials: Counter[str] = Counter()

    def give(self, *, province_code: str, sex: Sex, born: date) -> str:
        """The next number of that province, sex and year."""
        century = 2 * (born.year // 100 - 19) + (sex is Sex.FEMALE)
        prefix = f"0{province_code}{century}{born.year % 100:02}"
        self._serials[prefix] += 1
        return f"{prefix}{self._serials[prefix] * 37:06}"


def make_residents(
    random: Random, provinces: Sequence[Province], *, count: int, today: date
) -> list[Resident]:
    """So many residents, spread over the provinces and over the ages of the census."""
    numbers = Numbers()
    homes = random.choices(provinces, [p.population_2019 for p in provinces], k=count)
    return [_make_resident(random, provinces, home, numbers, today) for home in homes]


def _make_resident(
    random: Random, provinces: Sequence[Province], home: Province, numbers: Numbers, today: date
) -> Resident:
    sex = Sex.FEMALE if random.random() < 0.502 else Sex.MALE
    age = min(random.triangular(0, _OLDEST, 22), random.uniform(0, _OLDEST + 10))
    born = today - timedelta(days=1 + int(age * _DAYS))
    birthplace = home if random.random() < 0.85 else random.choice(provinces)
    return Resident(
        number=numbers.give(province_code=birthplace.code, sex=sex, born=born),
        name=_person_name(random, sex),
        birthdate=born,
        sex=sex,
        province=home,
    )


def _person_name(random: Random, sex: Sex) -> str:
    """A name, family name first, that nobody bears on purpose."""
    names = (_FAMILY_NAMES, _MIDDLE_NAMES[sex], _GIVEN_NAMES[sex])
    return " ".join(random.choice(choices.split()) for choices in names)
