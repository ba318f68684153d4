"""A limit on what people enter stands once, in `clinic/values/limits.py`; everything else reads it there."""

import json
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from adapters.secrets import new_key
from api.app import create_app
from clinic.values import limits
from runtime.settings import Environment, Settings

ROOT = Path(__file__).parents[2]
PYTHON = [path for package in ("clinic", "api", "patient_portal") for path in (ROOT / package).rglob("*.py")]
PAGES = [*(ROOT / "patient_portal" / "templates").glob("*.html")]
SCRIPTS = [*(ROOT / "api" / "web").glob("[!n]*/**/*.js")]
SAID = {name: value for name, value in vars(limits).items() if name.isupper()}
# A length or a number of things, written down a second time.
SECOND = {
    "python": re.compile(r'\blongest=\d|description=f?"[^"\n]*\b(?:up to|at most) \d|^LONGEST_\w+ = [\d_]+$', re.M),
    "page": re.compile(r"maxlength=[\"']?\d"),
    "script": re.compile(r"maxlength: ?[\"'\d]|\b(?:AT_MOST|MOST|MAX|LONGEST)\w* = \d"),
}


def second_limits(kind: str, text: str) -> list[str]:
    return [found[0].strip() for found in SECOND[kind].finditer(text)]


@pytest.mark.parametrize(("kind", "paths"), [("python", PYTHON), ("page", PAGES), ("script", SCRIPTS)])
def test_no_limit_is_said_a_second_time(kind: str, paths: list[Path]) -> None:
    assert len(paths) > 20
    found = {
        f"{path.relative_to(ROOT)}: {said}"
        for path in paths
        if path.name != "limits.py" and "migrations" not in path.parts
        for said in second_limits(kind, path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_a_planted_second_limit_is_found() -> None:
    assert second_limits("python", 'reason = problems.line("reason", reason, longest=200)')
    assert second_limits("python", "LONGEST_REASON = 200")
    assert second_limits("python", 'strawberry.field(description="Whose, up to 500.")')
    assert second_limits("page", '{{ box(form.reason, maxlength="300") }}')
    assert second_limits("script", 'field({ name: "reason", maxlength: "500" })')
    assert second_limits("script", "const AT_MOST = 500;")


def test_the_staff_screen_gets_the_limits_of_the_core() -> None:
    app = create_app(Settings(environment=Environment.TEST, secret_keys=(new_key(),)))
    script = TestClient(app).get("/staff/limits.js")

    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert json.loads(script.text.removeprefix("export const limits = ").removesuffix(";\n")) == SAID


def test_every_limit_that_a_script_or_a_page_reads_exists() -> None:
    read = {
        name
        for path in [*SCRIPTS, *PAGES]
        for name in re.findall(r"\blimits\.([A-Z_]+)", path.read_text(encoding="utf-8"))
    }
    assert len(read) > 5
    assert read <= SAID.keys()
