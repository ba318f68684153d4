"""Each decision says in one form whether it still holds, and what changed it."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
PAGES = {path.name[:4]: path for path in sorted(FOLDER.glob("*.md"))}
STATUS = re.compile(
    r"Status: Accepted, \d{4}-\d\d-\d\d\.(?: (Amended|Superseded) by \[(\d{4})\]\((\d{4}-[\w-]+\.md)\)(?:: [^.]+)?\.)?"
)


def test_no_number_stands_for_two_decisions() -> None:
    """Gaps may be: numbers are given out before the decisions that are written side by side."""
    assert len(PAGES) == len(list(FOLDER.glob("*.md")))


@pytest.mark.parametrize("number", PAGES)
def test_title_and_status_have_one_form(number: str) -> None:
    title, blank, status, after, *_ = PAGES[number].read_text(encoding="utf-8").splitlines()

    assert re.fullmatch(rf"# {number}: .+", title)
    assert (blank, after) == ("", "")
    found = STATUS.fullmatch(status)
    assert found, status
    _, later, target = found.groups()
    if later:
        # The later page exists, is later, and names the one it changes.
        assert later > number
        assert PAGES[later].name == target
        assert number in PAGES[later].read_text(encoding="utf-8")
