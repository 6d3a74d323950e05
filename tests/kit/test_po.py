"""Files of translations."""

import pytest

from idp.kit.po import plural_of, read_po

HEADER = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'


def test_sentences_are_read_over_lines_and_with_what_is_escaped() -> None:
    text = (
        HEADER
        + r"""
# a remark
#, python-format
msgid "one \"line\" of "
"100%%\n"
msgstr "một "
  "\tdòng \\ khác"

msgid "%(num)s day"
msgid_plural "%(num)s days"
msgstr[1] "%(num)s ngày nữa"
msgstr[0] "%(num)s ngày"
"""
    )
    read = read_po(text)
    assert read['one "line" of 100%%\n'] == ("một \tdòng \\ khác",)
    assert read["%(num)s day"] == ("%(num)s ngày", "%(num)s ngày nữa")
    assert [plural_of(read[""][0])(count) for count in (0, 1, 2)] == [1, 0, 1]
    assert plural_of("")(5) == 0
    assert read_po("") == {}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('msgid "a"\nmsgstr "b\n', 2),
        ('"a"\n', 1),
        ('msgstr "a"\n', 1),
        ('msgid "a"\nmsgstr "b"\n\nmsgctxt "c"\n', 4),
        ('msgid "a"\nmsgstr "b" c\n', 2),
        ('msgid "a"\nmsgstr "b"\n\nmsgstr "c"\n', 4),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, line: int) -> None:
    assert read_po('msgid "a"\nmsgstr "b"\n') == {"a": ("b",)}
    with pytest.raises(ValueError, match=f"line {line} "):
        read_po(text)
