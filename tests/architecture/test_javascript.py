"""Rules of the scripts that need no Node: how long a file is, what it may import, and what is shipped."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
WEB = ROOT / "api" / "web"
LONGEST_FILE = 400
_IMPORT = re.compile(r"""(?:^(?:import|export)\b[^;"']*?\bfrom |^import |\bimport\()["']([^"']+)["']""", re.MULTILINE)
_TYPES = re.compile(r"/\*\*.*?\*/", re.DOTALL)


def scripts() -> list[Path]:
    found = [*WEB.rglob("*.js"), *(ROOT / "patient_portal" / "static").glob("*.js")]
    return sorted(path for path in found if "node_modules" not in path.parts)


def imports(path: Path) -> set[Path]:
    """The scripts that this one loads, at once or later; what a comment names for its types is not loaded."""
    named = _IMPORT.findall(_TYPES.sub("", path.read_text(encoding="utf-8")))
    return {(path.parent / name).resolve() for name in named if name.startswith(".")}


def test_no_script_is_longer_than_a_reader_bears() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in scripts()}
    assert len(lengths) > 50
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_every_import_leads_to_a_script() -> None:
    missing = {str(target.relative_to(ROOT)) for path in scripts() for target in imports(path) if not target.is_file()}
    # Made of the core's limits when a server starts; test_limits.py asks for it.
    assert missing == {"api/web/staff_screen/limits.js"}


def test_scripts_import_each_other_in_no_circle() -> None:
    waiting = {path: imports(path) for path in scripts()}
    assert sum(len(targets) for targets in waiting.values()) > 150
    # What imports nothing that still waits can't be in a circle.
    while free := [path for path, targets in waiting.items() if not targets & waiting.keys()]:
        for path in free:
            del waiting[path]
    assert {str(path.relative_to(ROOT)) for path in waiting} == set()


def test_tools_and_their_tests_are_not_shipped() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    assert {"api.web.node_modules*", "api.web.tests*", "api.web.types*"} <= set(settings["packages"]["find"]["exclude"])
    assert settings["exclude-package-data"] == {"api.web": ["*.js"]}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {"**/node_modules", "api/web/tests", "api/web/types", "api/web/*.js", "api/web/*.json"} <= set(ignored)


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (WEB / "package-lock.json").read_text(encoding="utf-8")


def test_each_tool_is_exact_and_has_a_reason() -> None:
    tools = json.loads((WEB / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert {name: version for name, version in tools.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)} == {}
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").partition("## What checks the scripts")[2]
    assert {name for name in tools if f"`{name}`" not in reasons} == set()
