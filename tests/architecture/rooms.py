"""The rooms of the code and the imports between them. `python -m tests.architecture.rooms` prints them.

A room is a folder of modules; in `clinic` each folder belongs to a floor, and an import goes down. An import inside a
function, or one for the type checker alone, counts like any other.
"""

import ast
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("clinic", "adapters", "runtime", "api", "patient_portal", "dev")
Graph = Mapping[str, frozenset[str]]


@cache
def module_graph(root: Path = ROOT) -> Graph:
    """For each module of ours the modules of ours that it imports. Migrations are history and left out."""
    paths = [path for package in PACKAGES for path in (root / package).rglob("*.py") if "migrations" not in path.parts]
    named = {_name_of(path.relative_to(root)): path for path in paths}
    return {name: frozenset(_imported(path, named) - {name}) for name, path in sorted(named.items())}


def room_of(module: str, root: Path = ROOT) -> str:
    """The folder a module lies in: `clinic.records.actions.views` lies in `clinic.records`."""
    parts = module.split(".")
    return ".".join(parts[:2]) if (root / parts[0] / parts[-1 if len(parts) == 1 else 1]).is_dir() else parts[0]


def room_graph(package: str, *, leave_out_models: bool = False, root: Path = ROOT) -> Graph:
    """For each room of a package the rooms of it that are imported. Rows are a floor of their own in `clinic`."""
    rooms: dict[str, set[str]] = {}
    for module, imported in module_graph(root).items():
        if module.split(".")[0] != package:
            continue
        others = {
            room_of(name, root)
            for name in imported
            if name.split(".")[0] == package and not (leave_out_models and name.endswith(".models"))
        }
        rooms.setdefault(room_of(module, root), set()).update(others - {room_of(module, root)})
    return {room: frozenset(others) for room, others in sorted(rooms.items())}


def cycles(graph: Graph) -> list[list[str]]:
    """The groups of nodes that reach one another, by Tarjan's algorithm."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


@cache
def floors() -> Mapping[str, int]:
    """The floor of each room of `clinic`, as import-linter's contract has it; 0 is the lowest."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract["id"] == "floors"]
    return {
        f"clinic.{room.strip()}": floor for floor, names in enumerate(reversed(layers)) for room in names.split("|")
    }


def arrows_up(root: Path = ROOT) -> list[tuple[str, str]]:
    """Imports in `clinic` that don't go down: from a room to one beside or above it."""
    floor = floors()
    graph = room_graph("clinic", leave_out_models=True, root=root)
    return [(room, other) for room, others in graph.items() for other in sorted(others) if floor[other] >= floor[room]]


def _name_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _imported(path: Path, named: Mapping[str, Path]) -> set[str]:
    return {_nearest(name, named) for name in _names_imported(path.read_text("utf-8"))} - {""}


@cache
def _names_imported(text: str) -> frozenset[str]:
    """The dotted names that a module imports, by its text: copies of a file are read once."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return frozenset(found)


def _nearest(name: str, named: Mapping[str, Path]) -> str:
    """The module of ours that a dotted name leads to: itself, or the one it is an attribute of."""
    while name and name not in named:
        name = name.rpartition(".")[0]
    return name


def _lines() -> Iterable[str]:
    for package in PACKAGES:
        graph = room_graph(package, leave_out_models=package == "clinic")
        arrows = sum(len(others) for others in graph.values())
        yield f"{package}: {len(graph)} rooms, {arrows} arrows, cycles of rooms: {cycles(graph) or 0}"
        for room, others in graph.items():
            mark = f"{floors()[room]}  " if room in floors() else ""
            yield f"  {mark}{room.partition('.')[2] or '.'} <- {', '.join(o.partition('.')[2] or '.' for o in others)}"
    yield f"arrows up: {arrows_up() or 0}"
    yield f"cycles of modules: {cycles(module_graph()) or 0}"


if __name__ == "__main__":
    print("\n".join(_lines()))
