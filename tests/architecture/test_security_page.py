"""docs/security.md and docs/security-evidence.md: each rule has its proof or a reason, and each proof exists."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
EVIDENCE = (ROOT / "docs" / "security-evidence.md").read_text(encoding="utf-8")
_REFERENCE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.\w+)(?:::(\w+))?`")
REFERENCES = [(found[1], found[2]) for found in _REFERENCE.finditer(PAGE + EVIDENCE)]
LONGEST_RULE = 180


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


def rows() -> list[tuple[str, str]]:
    """Title, as it is written, and rule of each row."""
    lines = [line for line in PAGE.splitlines() if line.startswith("|") and not line.startswith("|---")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [(title, rule) for title, rule in cells if title not in ("decision", "attack", "chapter")]


def proofs() -> list[tuple[str, str]]:
    """Heading and references of each rule on the page of evidence."""
    parts = re.split(r"^### (.+)$", EVIDENCE, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def linked(title: str) -> str:
    """The title as it is written where it has evidence; the address is what a forge makes of the heading."""
    address = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
    return f"[{title}](security-evidence.md#{address})"


def test_every_file_the_page_names_exists() -> None:
    assert {path for path, _ in REFERENCES if not (ROOT / path).is_file()} == set()


def test_every_test_and_function_the_page_names_exists() -> None:
    named = {(path, name) for path, name in REFERENCES if name}
    assert len(named) > 400
    assert {f"{path}::{name}" for path, name in named if name not in names_in(path)} == set()


def test_every_row_shows_its_proof_or_says_why_there_is_none() -> None:
    tested = {linked(title) for title, references in proofs() if "`tests/" in references}
    bare = [
        title
        for title, rule in rows()
        if title not in tested and not re.search(r"\b(later|does not apply|open)\b", rule, re.IGNORECASE)
    ]
    assert len(rows()) > 160
    assert bare == []


def test_both_pages_have_the_same_rules() -> None:
    titles = [title for title, _ in rows()]
    headings = [title for title, _ in proofs()]

    assert len({title.lower() for title in headings}) == len(headings)
    assert [title for title in titles if title.startswith("[")] == [linked(title) for title in headings]


def test_every_rule_is_short() -> None:
    assert {title: len(rule) for title, rule in rows() if len(rule) > LONGEST_RULE} == {}
