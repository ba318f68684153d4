"""The operations of our own screens, read from their scripts: they are trusted where nothing else is.

An operation is a literal in a script. Parts of it may be constants, of the same script or an imported one, put in by
`${NAME}`; any other form is refused, so that none is overlooked.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from posixpath import dirname, join, normpath

_FOLDERS = ("staff_screen", "elements", "elements/parts", "shared")
_LITERAL = r"""(?:"[^"\n]*"|`[^`]*`)"""
_OPERATION = re.compile(rf"(?=[\"`]\s*(?:(?:query|mutation|subscription)\s*[\w($\x7b]|\{{ \w+))({_LITERAL})")
_CONSTANT = re.compile(rf"^(?:export )?const (\w+) =\s*({_LITERAL});$", re.MULTILINE)
_IMPORT = re.compile(r'^import \{([\w\s,]+)\} from "(\.[^"]+)";$', re.MULTILINE)
_PUT_IN = re.compile(r"\$\{([^}]*)\}")


class OperationNotReadable(ValueError):
    """A script makes an operation in a form that can't be read without running it."""


@cache
def own_operations() -> frozenset[str]:
    """The text of each operation of staff screen and element, as the scripts send it. Reads all scripts, once."""
    scripts = dict(_scripts())
    return frozenset(
        _text(literal, path, scripts) for path, script in scripts.items() for literal in _OPERATION.findall(script)
    )


def _scripts() -> Iterator[tuple[str, str]]:
    for folder in _FOLDERS:
        for file in _files(files("api.web").joinpath(folder)):
            yield f"{folder}/{file.name}", file.read_text(encoding="utf-8")


def _files(folder: Traversable) -> list[Traversable]:
    return sorted((file for file in folder.iterdir() if file.name.endswith(".js")), key=lambda file: file.name)


def _text(literal: str, path: str, scripts: dict[str, str]) -> str:
    """What a literal stands for where it is used in the script at `path`."""
    if literal.startswith('"'):
        text = literal[1:-1]
    else:
        text = _PUT_IN.sub(lambda found: _constant(found[1], path, scripts), literal[1:-1])
    if "\\" in text:
        raise OperationNotReadable(f"{path} has an operation with a backslash: {text[:60]}")
    return text


def _constant(name: str, path: str, scripts: dict[str, str]) -> str:
    script = scripts.get(path, "")
    own = dict(_CONSTANT.findall(script))
    if name in own:
        return _text(own[name], path, scripts)
    for names, source in _IMPORT.findall(script):
        if name in re.split(r"[\s,]+", names):
            return _constant(name, normpath(join(dirname(path), source)), scripts)
    raise OperationNotReadable(f"{path} has an operation with ${{{name}}}, which is no constant text")
