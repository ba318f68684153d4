"""No room and no module imports in a circle, and in the core no import goes up; `rooms.py` says what a room is."""

import shutil
from pathlib import Path

import pytest

from tests.architecture.rooms import PACKAGES, ROOT, Graph, arrows_up, cycles, module_graph, room_graph


def test_no_import_goes_up_in_the_core() -> None:
    assert arrows_up() == [], "a room imports one beside or above itself"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_circle_of_rooms(package: str) -> None:
    found = cycles(room_graph(package, leave_out_models=package == "clinic"))
    assert found == [], f"these rooms of {package} import each other in a circle"


def test_no_circle_of_modules() -> None:
    assert cycles(module_graph()) == [], "these modules import each other in a circle"


def test_every_package_is_looked_at() -> None:
    assert {name.split(".")[0] for name in module_graph()} == set(PACKAGES)
    assert len(module_graph()) > 300


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The core's and the API's modules, to be spoilt."""
    for package in ("clinic", "api"):
        for path in (ROOT / package).rglob("*.py"):
            target = tmp_path / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return tmp_path


def _plant(file: Path, line: str) -> None:
    file.write_text(f"{file.read_text('utf-8')}\n\n{line}\n", "utf-8")


@pytest.mark.parametrize(
    "planted",
    [
        "from clinic.charts.contacts import ContactRow",
        "import clinic.charts.contacts",
        "def late() -> None:\n    from clinic.charts import contacts",
        "if TYPE_CHECKING:\n    from clinic.charts.contacts import ContactRow",
    ],
)
def test_a_planted_import_upward_is_found(copy: Path, planted: str) -> None:
    assert arrows_up(copy) == []
    _plant(copy / "clinic/values/text.py", planted)
    module_graph.cache_clear()
    assert arrows_up(copy) == [("clinic.values", "clinic.charts")]


def test_a_planted_circle_of_rooms_and_modules_is_found(copy: Path) -> None:
    assert (cycles(room_graph("api", root=copy)), cycles(module_graph(copy))) == ([], [])
    _plant(copy / "api/requests/paging.py", "from api.types.records import ContactFields")
    module_graph.cache_clear()
    assert cycles(room_graph("api", root=copy)) == [["api.requests", "api.types"]]
    [circle] = cycles(module_graph(copy))
    assert {"api.requests.paging", "api.types.records"} <= set(circle)


def test_circles_are_told_apart() -> None:
    graph: Graph = {name: frozenset(others) for name, others in {"a": "bc", "b": "a", "c": "d", "d": "c"}.items()}
    assert sorted(cycles(graph)) == [["a", "b"], ["c", "d"]]
