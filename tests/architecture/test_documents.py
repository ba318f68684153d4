"""The table of docs/where-it-happens.md is complete and true, and no document leads nowhere."""

import re
from pathlib import Path

import typer
from starlette.routing import Route

from api.schema import make_schema
from patient_portal.app import routes
from runtime.cli import COMMANDS, program
from runtime.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
# Addresses that nobody clicks: probes, pictures and styles, and the door without its slash.
NO_ROW = {
    "/healthz",
    "/readyz",
    "/static/{name}",
    "/{slug}",
    "/{slug}/logo.png",
    "/{slug}/icon.png",
    "/{slug}/theme.css",
}


def table() -> list[list[str]]:
    """The rows, each as its cells."""
    page = (ROOT / "docs" / "where-it-happens.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def named(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def test_every_mutation_has_a_row() -> None:
    mutation = make_schema(introspection=True)._schema.mutation_type
    assert mutation is not None
    shown = set().union(*(named(row[1]) for row in table()))
    assert set(mutation.fields) - shown == set()


def test_every_page_has_a_row() -> None:
    pages = {route.path_format for route in routes() if isinstance(route, Route)} - NO_ROW
    shown = set().union(*(named(row[1]) for row in table()))
    assert pages - shown == set()


def test_every_file_in_the_table_exists() -> None:
    files = set().union(*(named(row[2]) | named(row[4]) for row in table()))
    assert {name for name in files if not (ROOT / name).is_file()} == set()


def headings(page: Path) -> set[str]:
    """The addresses of a page's headings, as a forge makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_relative_link_of_the_documents_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for target, heading in re.findall(r"\]\(([^)#:]*)(?:#([\w-]+))?\)", text):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
            if heading:
                assert heading in headings(page.parent / target if target else page), f"{page.name}: {heading}"
        for picture in re.findall(r'<img src="([^"]+)"', text):
            assert (page.parent / picture).is_file(), f"{page.name}: {picture}"


# Decisions and the changelog tell of the past; the other pages tell of the product as it is.
PRESENT = [
    page
    for page in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    if page.name != "CHANGELOG.md" and page.parent.name != "decisions"
]
# Read by tests and benchmarks only.
OTHER_VARIABLES = {
    "VESTIBULE_TEST_BROWSER",
    "VESTIBULE_TEST_SHAKE",
    "VESTIBULE_BENCH_POSTGRES_URL",
    "VESTIBULE_SOAK",
    "VESTIBULE_SEED",
}


def test_every_variable_the_documents_name_exists() -> None:
    known = {PREFIX + field.upper() for field in Settings.model_fields} | OTHER_VARIABLES
    mentioned = {
        name for page in PRESENT for name in re.findall(rf"{PREFIX}[A-Z0-9_]*[A-Z0-9]", page.read_text("utf-8"))
    }
    assert len(mentioned) > 10
    assert mentioned - known == set()


def test_every_command_the_documents_name_exists() -> None:
    # Only the command that is asked for is loaded with its own commands.
    commands = {name: typer.main.get_command(program(name)).commands[name] for name in COMMANDS}  # type: ignore[attr-defined]
    found = {
        (first, second)
        for page in PRESENT
        for first, second in re.findall(
            r"(?:`|^ {4}|bin/)vestibule ([a-z-]+)(?: ([a-z][a-z-]*[a-z])\b)?", page.read_text("utf-8"), re.M
        )
    }
    assert {first for first, _ in found} >= {"api", "worker", "audit", "verify"}
    unknown = {
        (first, second)
        for first, second in found
        if first not in commands or second not in getattr(commands[first], "commands", {second: None})
    }
    assert unknown == set()


def test_every_source_file_the_documents_name_exists() -> None:
    path = re.compile(r"`((?:[\w-]+/)+[\w-]+\.(?:py|js|css|toml|html|po|txt|md|yml))`")
    gone = {
        f"{page.name}: {name}"
        for page in PRESENT
        for name in path.findall(page.read_text("utf-8"))
        if not (ROOT / name).is_file()
    }
    assert gone == set()
