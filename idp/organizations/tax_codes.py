"""Tax codes: 10 digits, or 13 for a branch, which belongs to the enterprise of the first 10."""

from idp.kit.errors import InvalidInput


def normalise(text: str) -> str:
    """The code as `0100109106` or `0312687878-001`; InvalidInput when its check digit is wrong."""
    from stdnum.exceptions import ValidationError  # noqa: PLC0415 - few processes read any
    from stdnum.vn import mst  # noqa: PLC0415

    try:
        return mst.format(mst.validate(text))
    except ValidationError as error:
        raise InvalidInput(
            "A tax code has 10 digits, or 13 for a branch, and its tenth digit must check.",
            field="tax_code",
            detail=type(error).__name__,
        ) from error


def is_branch(tax_code: str) -> bool:
    """Whether a normalised code is a branch's."""
    return len(tax_code) > 10


def enterprise_code(tax_code: str) -> str:
    """The 10-digit code a normalised code is counted under."""
    return tax_code[:10]
