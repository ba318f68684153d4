"""docs/security.md names the code and the tests that bear it out: each of them exists."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
_REFERENCE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.\w+)(?:::(\w+))?`")
REFERENCES = [(found[1], found[2]) for found in _REFERENCE.finditer(PAGE)]


@cache
def names_in(path: str) -> frozenset[str]:
    """What a Python file defines at its top level."""
    names: set[str] = set()
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names.update(target.id for target in targets if isinstance(target, ast.Name))
    return frozenset(names)


def test_every_file_the_page_names_exists() -> None:
    assert {path for path, _ in REFERENCES if not (ROOT / path).is_file()} == set()


def test_every_test_and_function_the_page_names_exists() -> None:
    named = {(path, name) for path, name in REFERENCES if name}
    assert len(named) > 100
    assert {f"{path}::{name}" for path, name in named if name not in names_in(path)} == set()


def test_every_row_shows_its_proof_or_says_why_there_is_none() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and not line.startswith("|---")]
    headings = ("| decision |", "| attack |", "| chapter |")
    judged = [row for row in rows if not row.startswith(headings)]
    bare = [row for row in judged if "tests/" not in row and not re.search(r"\b(later|does not apply|open)\b", row)]
    assert len(judged) > 60
    assert bare == []
