"""What editors, hooks and the forge run is what `make check` runs, in the versions that are locked."""

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.quick import LONG, TESTS

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/check.yml").read_text(encoding="utf-8"))
HOOKS: dict[str, Any] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))


def test_the_forge_checks_every_supported_python() -> None:
    job = WORKFLOW["jobs"]["check"]
    lowest = PROJECT["requires-python"].removeprefix(">=")
    classified = [entry.rpartition(" ")[2] for entry in PROJECT["classifiers"] if "Python :: 3." in entry]

    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert job["strategy"]["matrix"]["python"][0] == lowest
    assert set(classified) <= set(job["strategy"]["matrix"]["python"])
    assert job["steps"][-1]["run"] == "make check"


def test_every_file_that_make_quick_leaves_out_is_there() -> None:
    assert {name for name in LONG if not (TESTS / name).is_file()} == set()


def test_the_forge_may_read_and_nothing_else() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    # A job would have its own permissions under this key.
    assert "permissions" not in WORKFLOW["jobs"]["check"]


def test_hooks_bring_no_versions_of_their_own() -> None:
    assert [repository["repo"] for repository in HOOKS["repos"]] == ["local"]
    assert {hook["language"] for hook in HOOKS["repos"][0]["hooks"]} == {"system"}


@pytest.mark.parametrize("hook", [hook["entry"] for hook in HOOKS["repos"][0]["hooks"]])
def test_each_hook_calls_a_tool_of_the_check(hook: str) -> None:
    program, *_ = hook.split()
    if program == "make":
        return
    name = program.removeprefix(".venv/bin/")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^\t\$\(BIN\)/{name}\b", makefile, re.MULTILINE)
    assert Path(sys.executable).with_name(name).is_file()
