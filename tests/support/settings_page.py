"""Run as a module: writes `docs/settings.md` from the settings' own docstrings and defaults."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any

from pydantic import BaseModel, SecretStr, TypeAdapter

from idp.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
HEAD = """# Settings

Read once, at the start, from environment variables. A duration is ISO 8601 (`PT60S`, `P30D`) or a
number of seconds; a list is JSON. Written from `idp/settings/` by `python -m
tests.support.settings_page`; a test holds the two together.

| variable | default | meaning |
|---|---|---|
"""


def settings_page() -> str:
    """The whole page."""
    rows = (
        f"| `{name}` | {default} | {text} |\n" for name, default, text in _rows(Settings, "IDP_")
    )
    return HEAD + "".join(rows)


def _rows(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str]]:
    texts = texts_of(model)
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _rows(field.annotation, f"{variable}__")
        else:
            meaning = " ".join(texts.get(name, "").split())
            yield variable, _shown(field.get_default(call_default_factory=True)), meaning


def texts_of(model: type[BaseModel]) -> Mapping[str, str]:
    """What stands under each field; Pydantic could read it, too, and would at each start."""
    (written,) = ast.parse(dedent(inspect.getsource(model))).body
    assert isinstance(written, ast.ClassDef)
    texts = {}
    for field, text in pairwise(written.body):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(meaning))),
            ):
                texts[name] = meaning
    return texts


def _shown(default: Any) -> str:
    match default:
        case SecretStr() | "" | ():
            return ""
        case tuple() if isinstance(default[0], BaseModel):
            return "<br>".join(f"`{level.model_dump_json()}`" for level in default)
        case timedelta():
            return f"`{TypeAdapter(timedelta).dump_json(default).decode().strip(chr(34))}`"
        case bool() | tuple():
            return f"`{TypeAdapter(Any).dump_json(default).decode()}`"
    return f"`{default}`"


def main() -> None:
    """Write the page."""
    PAGE.write_text(settings_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
