"""Rules of the house that no linter knows."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("clinic", "adapters", "runtime", "api", "patient_portal", "dev")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
EMPTY_WORDS = {"utils", "util", "helpers", "helper", "manager", "managers", "data", "process", "common", "misc"}
# An awaited call of one of these on a row or a query writes it.
WRITING_CALLS = {
    "save",
    "create",
    "delete",
    "update",
    "get_or_create",
    "update_or_create",
    "bulk_create",
    "bulk_update",
}


def modules(*packages: str) -> list[Path]:
    found = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    return sorted(path for path in found if not {"migrations", "node_modules"} & set(path.parts))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_imports_point_one_way() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_no_file_is_longer_than_a_reader_bears() -> None:
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules(*PACKAGES, "tests")}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_a_function_fits_a_screen() -> None:
    long = {
        f"{named(path)}:{function.name}": length
        for path in modules(*PACKAGES)
        for function in functions(path)
        if (length := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_files_and_folders_are_named_for_what_they_hold() -> None:
    empty = {
        named(path)
        for path in modules(*PACKAGES)
        for part in path.relative_to(ROOT).with_suffix("").parts
        if EMPTY_WORDS & set(part.split("_"))
    }
    assert empty == set()


def test_faces_never_write_through_a_model() -> None:
    writing = {
        f"{named(path)}:{node.lineno}"
        for path in modules("api", "patient_portal")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Await)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr in WRITING_CALLS
    }
    assert writing == set()


def test_the_api_tells_staff_from_patients_in_one_place_only() -> None:
    """What a caller may see is decided in the core; a face only says who may use it at all."""
    told_apart = {
        named(path)
        for path in modules("api")
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Call) and ast.unparse(node.func) in {"isinstance", "type", "issubclass"})
        or isinstance(node, ast.MatchClass)
        if re.search(r"(Staff|Patient|System)Caller|Anonymous", ast.unparse(node))
    }
    assert told_apart == {"api/requests/signed_in.py"}


def test_the_api_asks_no_caller_for_permissions() -> None:
    asking = {
        f"{named(path)}:{node.lineno}"
        for path in modules("api")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"may", "require"}
    }
    assert asking == set()


def test_the_api_queries_no_model() -> None:
    querying = {
        f"{named(path)}:{node.lineno}"
        for path in modules("api")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"filter", "get", "get_or_none", "all", "first", "exists", "exclude", "raw"}
        and re.fullmatch(r"(\w+\.)?[A-Z]\w+", ast.unparse(node.func.value))
    }
    assert querying == set()


def test_only_units_of_work_open_transactions() -> None:
    opening = re.compile(r"(?<![\w.])in_transaction\(")
    found = {named(path) for path in modules(*PACKAGES) if opening.search(path.read_text(encoding="utf-8"))}
    assert found <= {"clinic/work/unit_of_work.py", "runtime/database/migrate.py"}


def test_only_tests_hash_at_another_cost() -> None:
    assert [named(path) for path in modules(*PACKAGES) if "hashing_at" in path.read_text(encoding="utf-8")] == [
        "clinic/values/passwords.py"
    ]


def test_nothing_of_ours_is_patched_in_tests() -> None:
    patched = re.compile(r"""(?:patch|setattr)\(\s*["'](?:clinic|adapters|runtime|api|patient_portal)\.""")
    assert {named(path) for path in modules("tests") if patched.search(path.read_text(encoding="utf-8"))} == set()


def test_the_core_asks_its_clock() -> None:
    asking = re.compile(r"datetime\.now\(|date\.today\(|time\.time\(")
    found = {named(path) for path in modules("clinic") if asking.search(path.read_text(encoding="utf-8"))}
    assert found == {"clinic/values/ports.py"}


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "XX" + "X:"])
def test_nothing_is_left_for_later(word: str) -> None:
    assert {named(path) for path in modules(*PACKAGES, "tests") if word in path.read_text(encoding="utf-8")} == set()


def test_every_server_of_ours_bounds_requests() -> None:
    """Decision 0026: uvicorn alone bounds neither the size nor the time of a request's head."""
    servers = [
        (path.name, call.group())
        for folder in ("api", "bench", "dev", "patient_portal", "runtime")
        for path in (ROOT / folder).rglob("*.py")
        for call in re.finditer(r"uvicorn\.(?:run|Config)\((?:[^()]|\([^()]*\))*\)", path.read_text(encoding="utf-8"))
    ]
    assert {name for name, _ in servers} == {"serving.py", "command.py", "handwritten.py", "worker_listener.py"}
    assert [name for name, call in servers if "**HTTP" not in call] == []


# What these read is what the page holds at that moment, which may be the one before the click took effect.
READS_AT_ONCE = {
    "content",
    "inner_text",
    "inner_html",
    "text_content",
    "input_value",
    "get_attribute",
    "count",
    "is_visible",
    "is_hidden",
    "is_checked",
    "is_enabled",
    "is_disabled",
    "all_inner_texts",
    "all_text_contents",
}


def read_at_once(source: ast.Module) -> list[int]:
    """The lines whose assertion reads a browser's page at once; rows of a database may be counted so."""
    return [
        node.lineno
        for claim in ast.walk(source)
        if isinstance(claim, ast.Assert)
        for node in ast.walk(claim)
        if isinstance(node, ast.Await)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr in READS_AT_ONCE
        and not re.match(r"[A-Z]", ast.unparse(node.value.func.value))
    ]


def test_a_browsers_page_is_waited_for_by_every_assertion() -> None:
    """Twice such a read failed by chance on a slower machine: `expect(…)` waits, `assert await …` does not."""
    hasty = {
        f"{named(path)}:{line}"
        for path in modules("tests")
        if "playwright" in path.read_text(encoding="utf-8")
        for line in read_at_once(tree(path))
    }
    assert hasty == set()
    planted = "async def test(page):\n    assert await page.is_visible(words)\n    assert await Row.all().count()"
    assert read_at_once(ast.parse(planted)) == [2]
