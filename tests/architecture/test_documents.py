"""The README's table "Where does it happen?" is complete and true."""

import re
from pathlib import Path

from starlette.routing import Route

from api.schema import make_schema
from patient_portal.app import routes

ROOT = Path(__file__).parents[2]
# Addresses that nobody clicks: probes, pictures and styles, and the door without its slash.
NO_ROW = {"/healthz", "/readyz", "/static/{name}", "/{slug}", "/{slug}/logo.png", "/{slug}/theme.css"}


def table() -> list[list[str]]:
    """The rows, each as its cells."""
    section = (ROOT / "README.md").read_text().partition("## Where does it happen?")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def named(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def test_every_mutation_has_a_row() -> None:
    mutation = make_schema(introspection=True)._schema.mutation_type
    assert mutation is not None
    shown = set().union(*(named(row[1]) for row in table()))
    assert set(mutation.fields) - shown == set()


def test_every_page_has_a_row() -> None:
    pages = {route.path for route in routes() if isinstance(route, Route)} - NO_ROW
    shown = set().union(*(named(row[1]) for row in table()))
    assert pages - shown == set()


def test_every_file_in_the_table_exists() -> None:
    files = set().union(*(named(row[2]) | named(row[4]) for row in table()))
    assert {name for name in files if not (ROOT / name).is_file()} == set()


def test_every_relative_link_of_the_documents_leads_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
