"""What the product reads of a practice can be set in the product: no field is written by the demo and the tests alone.

A field counts as written if an action that a face, a command or the worker reaches changes it on an existing row, or if
one of these gives it to an action that makes the row. Found by reading the sources: an action names the rows it changes
as `ROWS` says, and the word for the model is in the name of what takes the values (`NewOrganization`,
`create_facility`, …).
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeGuard

import pytest
from tortoise.models import Model

from clinic.organizations.models import Facility, Organization
from clinic.records.models import Appointment, Contact
from clinic.staff.models import StaffMember

ROOT = Path(__file__).parents[2]
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
WORDS: dict[type[Model], tuple[str, ...]] = {
    Organization: ("organization",),
    Facility: ("facility",),
    StaffMember: ("staff", "administrator", "manager"),
    Contact: ("contact",),
    Appointment: ("appointment",),
}
# How actions call a row of the model.
ROWS: dict[type[Model], frozenset[str]] = {
    Organization: frozenset({"organization", "practice"}),
    Facility: frozenset({"facility"}),
    StaffMember: frozenset({"member", "staff_member"}),
    Contact: frozenset({"contact", "record"}),
    Appointment: frozenset({"appointment"}),
}
# Set by an action when it makes the row, and not a value that anybody gives.
MADE = {"id", "organization_id", "created_at"}
# Given as a value of another name, by which the action finds or makes this one.
DERIVED: dict[type[Model], dict[str, str]] = {
    Organization: {"brand_colour": "of the colour"},
    Facility: {},
    StaffMember: {"email_normal": "of the address", "machine": "of what is made: a person or a service account"},
    Contact: {},
    Appointment: {"cancelled_at": "of whether it is cancelled"},
}
# Nobody outside the demo and the tests can set these YET. An entry that is no longer true fails, too.
NOT_YET: dict[type[Model], set[str]] = {
    Organization: set(),
    Facility: set(),
    StaffMember: set(),
    Contact: set(),
    Appointment: set(),
}


@pytest.mark.parametrize("model", WORDS, ids=lambda model: str(model.__name__))
def test_every_field_is_written_by_the_product(model: type[Model]) -> None:
    fields = set(model._meta.fields_db_projection) - MADE - set(DERIVED[model])
    written = _changed(model) | _given(model)
    assert fields - written == NOT_YET[model]


def test_what_the_scan_calls_written_is_there() -> None:
    """The scan itself finds what is known to be there, and nothing by chance."""
    assert {"permissions", "disabled_at"} <= _changed(StaffMember)
    assert {"slug", "name", "time_zone"} <= _given(Organization)
    assert "starts_at" in _given(Appointment)
    assert "website" not in _given(Facility)


def test_what_no_face_reaches_writes_nothing() -> None:
    core = ast.parse(
        "def disable(member):\n    _set(member)\n"
        "def _set(member):\n    member.disabled_at = 1\n"
        "def forgotten(member):\n    member.nickname = 1\n"
        "    StaffMember.filter(id=1).update(motto=1)\n"
    )
    face = ast.parse("disable(member)")
    reached = _reached([core], [face])
    assert [node.name for node in reached] == ["disable", "_set"]
    assert _set_in(reached, StaffMember) == {"disabled_at"}


def _changed(model: type[Model]) -> set[str]:
    """The fields that an action sets on a row that exists, or by an UPDATE."""
    return _set_in(_reached_in_core(), model)


@cache
def _reached_in_core() -> tuple[_Definition, ...]:
    return tuple(_reached(_trees("clinic"), _trees("api", "patient_portal", "runtime")))


def _set_in(definitions: Iterable[_Definition], model: type[Model]) -> set[str]:
    found: set[str] = set()
    for definition in definitions:
        for node in ast.walk(definition):
            for target in _targets(node):
                if isinstance(target, ast.Attribute) and _name(target.value) in ROWS[model]:
                    found.add(target.attr)
            if _is_update_of(node, model):
                found |= {keyword.arg for keyword in node.keywords if keyword.arg}
    return found


def _reached(core: Iterable[ast.Module], faces: Iterable[ast.Module]) -> list[_Definition]:
    """The core's functions and classes that faces name, and those that these name, in the core's order.

    Two of one name count as one: what is written somewhere is rather found too often than too seldom.
    """
    definitions = [node for tree in core for node in tree.body if isinstance(node, _Definition)]
    names = {definition.name: set[str]() for definition in definitions}
    for definition in definitions:
        names[definition.name] |= _named(definition)
    waiting, reached = {name for tree in faces for name in _named(tree)}, set[str]()
    while waiting:
        name = waiting.pop()
        if name in names and name not in reached:
            reached.add(name)
            waiting |= names[name]
    return [definition for definition in definitions if definition.name in reached]


def _named(tree: ast.AST) -> set[str]:
    """Every name in it, also that of a method."""
    walked = list(ast.walk(tree))
    return {node.id for node in walked if isinstance(node, ast.Name)} | {
        node.attr for node in walked if isinstance(node, ast.Attribute)
    }


def _is_update_of(node: ast.AST, model: type[Model]) -> TypeGuard[ast.Call]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr == "update" and _name(_root(node.func)) == model.__name__


def _given(model: type[Model]) -> set[str]:
    """The names of the values that faces and commands give to what has the model's word in its name."""
    found: set[str] = set()
    for tree in _trees("api", "patient_portal", "runtime"):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            callee = _name(node.func)
            if callee in _parameters() and any(word in callee.lower() for word in WORDS[model]):
                found |= set(_parameters()[callee][: len(node.args)])
                found |= {keyword.arg for keyword in node.keywords if keyword.arg}
    return found


@cache
def _parameters() -> dict[str, list[str]]:
    """For each function and dataclass of the core the names of what it takes, in order."""
    found: dict[str, list[str]] = {}
    for tree in _trees("clinic"):
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found[node.name] = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
            elif isinstance(node, ast.ClassDef) and node.decorator_list:
                lines = [line for line in node.body if isinstance(line, ast.AnnAssign)]
                found[node.name] = [line.target.id for line in lines if isinstance(line.target, ast.Name)]
    return found


def _targets(node: ast.AST) -> Iterable[ast.expr]:
    match node:
        case ast.Assign():
            return [each for target in node.targets for each in _parts(target)]
        case ast.AugAssign() | ast.AnnAssign():
            return [node.target]
    return []


def _parts(target: ast.expr) -> list[ast.expr]:
    return list(target.elts) if isinstance(target, ast.Tuple) else [target]


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _root(node: ast.expr) -> ast.expr:
    """The first name of a chain of calls: `Contact` in `Contact.filter(…).update(…)`."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node


@cache
def _trees(*packages: str) -> tuple[ast.Module, ...]:
    return tuple(_read(packages))


def _read(packages: tuple[str, ...]) -> Iterator[ast.Module]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts and path.name != "models.py":
                yield ast.parse(path.read_text(encoding="utf-8"))
