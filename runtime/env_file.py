"""Adds settings to a `.env` file, which programs and Compose read. What is set there already is never changed."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

_LINE = re.compile(r"(?:export\s+)?(?P<name>\w+)\s*=\s*(?P<value>.*)")
# Everything else is put between single quotes, within which neither shells nor Compose replace anything.
_PLAIN = re.compile(r"[\w.,:/@%+=?&~-]*")


class EnvFileInvalid(ValueError):
    """A value can't be written, because no reader of `.env` files agrees with the others on how to quote it."""


def names_in(path: Path) -> frozenset[str]:
    """The variables that have a value in the file. A file that does not exist has none."""
    found = (_LINE.match(line.strip()) for line in _lines(path))
    return frozenset(match["name"] for match in found if match and match["value"].strip(" \t'\""))


def add_to(path: Path, values: Mapping[str, str]) -> None:
    """Write the values, with mode 0600: in the place of an empty line of the same name, or at the end.

    The file is replaced as a whole, so that a crash leaves the former or the new one. Raises `EnvFileInvalid`.
    """
    lines = _lines(path)
    for name, value in values.items():
        text = f"{name}={_quoted(name, value)}"
        empty = next((number for number, line in enumerate(lines) if _is_empty(line, name)), None)
        if empty is None:
            lines.append(text)
        else:
            lines[empty] = text
    draft = path.with_name(f".{path.name}-{os.getpid()}-{uuid4().hex}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _is_empty(line: str, name: str) -> bool:
    match = _LINE.match(line.strip())
    return bool(match and match["name"] == name and not match["value"].strip(" \t'\""))


def _quoted(name: str, value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    if "'" in value or "\\" in value or not value.isprintable():
        raise EnvFileInvalid(f"{name} holds a quote, a backslash or a control character: percent-encode it")
    return f"'{value}'"
