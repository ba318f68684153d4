"""Joins a script and the parts it imports into one file, so that any page loads the icon with one request.

Nothing is translated: a part's text is taken as it stands, without its import lines, the word `export` and the `/** */`
comments, which hold types for the checker. That works for parts in the plain form that these files have
(docs/decisions/0019); any other form is refused when the server starts, and so are two parts that declare one name.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from posixpath import dirname, join, normpath

_IMPORT = re.compile(r'^import \{([\w\s,]+)\} from "(\.[^"]+)";\n', re.MULTILINE)
_EXPORTED = re.compile(r"^export (?=(?:const|let|class|function|async function) \w)", re.MULTILINE)
_DECLARED = re.compile(r"^(export )?(?:const|let|var|class|function\*?|async function) (\w+|[\[{])", re.MULTILINE)
_TYPES = re.compile(r"^[ \t]*/\*\*.*?\*/\n", re.MULTILINE | re.DOTALL)
_OWN_EXPORTS = re.compile(r"^export \{[\w\s,]+\};$", re.MULTILINE)
_MODULE_WORD = re.compile(r"^(?:import|export)\b.*$|\bimport\(", re.MULTILINE)


class NotJoinable(ValueError):
    """A script is not in the form that can be joined."""


def join_parts(entry: str, read: Callable[[str], str]) -> str:
    """The text of `entry` behind all that it imports, each part once and after its own imports.

    `read` yields the text at a path; paths are relative to one root, with `/` between folders.
    """
    parts = _ordered(entry, read)
    declared: dict[str, str] = {}
    for part in parts:
        for name in part.declared:
            if name in declared:
                raise NotJoinable(f"{name} is declared in {declared[name]} and in {part.path}")
            declared[name] = part.path
    return "\n".join(part.body for part in parts)


@dataclass(frozen=True)
class _Part:
    path: str
    body: str
    imported: dict[str, list[str]]
    declared: list[str]
    exported: set[str]


def _ordered(entry: str, read: Callable[[str], str]) -> list[_Part]:
    """Every part after those it imports."""
    done: dict[str, _Part] = {}
    underway: list[str] = []

    def visit(path: str) -> None:
        if path in underway:
            raise NotJoinable(f"A circle of imports: {' -> '.join([*underway, path])}")
        if path in done:
            return
        underway.append(path)
        part = _part(path, read(path), is_entry=path == entry)
        for imported, names in part.imported.items():
            visit(imported)
            if missing := set(names) - done[imported].exported:
                raise NotJoinable(f"{path} imports what {imported} does not export: {', '.join(sorted(missing))}")
        underway.remove(path)
        done[path] = part

    visit(entry)
    return list(done.values())


def _part(path: str, text: str, *, is_entry: bool) -> _Part:
    imported: dict[str, list[str]] = {}
    for names, target in _IMPORT.findall(text):
        imported[normpath(join(dirname(path), target))] = [name for name in re.split(r"[\s,]+", names) if name]
    body = _IMPORT.sub("", _TYPES.sub("", text))
    found = _DECLARED.findall(body)
    if not is_entry:
        body = _EXPORTED.sub("", body)
    if refused := _MODULE_WORD.search(_OWN_EXPORTS.sub("", body) if is_entry else body):
        raise NotJoinable(f"{path} has a form that can't be joined: {refused[0]}")
    if any(name in "[{" for _, name in found):
        raise NotJoinable(f"{path} takes names apart at its top, where they can't be read")
    return _Part(
        path=path,
        body=re.sub(r"\n{3,}", "\n\n", body).strip("\n") + "\n",
        imported=imported,
        declared=[name for _, name in found],
        exported={name for export, name in found if export},
    )
