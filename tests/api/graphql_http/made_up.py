"""Schemas, rows and operations made up from a seed, with as many faults in them as one likes."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from random import Random
from typing import Any, ClassVar

import strawberry
from graphql import Undefined

from api.server.graphql_http import Schema
from api.server.kept import Completed, Shown
from api.server.limits import Limits
from api.server.relay import PageSizes

LIMITS = Limits(PageSizes(default=20, maximum=100))


class Colour(Enum):
    """An enum whose values are not its names."""

    RED = 1
    BLUE = 2


class Size(StrEnum):
    """An enum whose members are text."""

    LARGE = "L"
    SMALL = "S"


strawberry.enum(Colour)
strawberry.enum(Size)


@strawberry.interface
class Named:
    """Types with an interface are asked whether a value is theirs."""

    id: strawberry.ID


class Later:
    """Something to wait for, as often as one likes."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __await__(self) -> Generator[None, None, object]:
        yield
        return self._value


class Rows:
    """Rows that are neither a list nor a tuple."""

    def __init__(self, rows: list[object]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[object]:
        return iter(self._rows)


class Words(str):  # noqa: SLOT000  it stands for anybody's class
    """Text of a class of its own."""


class Failing:
    """Has attributes, each of which fails."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        raise LookupError(name)


_LEAVES: dict[Any, list[object]] = {
    str: ["", "Ada", 'quote " and \\', "é\u2028\U0001f600", Words("own"), Size.LARGE, 7, True, 1.5],
    int: [0, 1, -5, 2**31 - 1, -(2**31), True, 3.0, "12", Size.SMALL],
    bool: [True, False, 0, 1, 2.5],
    float: [0.0, -1.5, 1e300, 7, True, "2.5"],
    strawberry.ID: ["a", "b", 12, Words("own")],
    Colour: [Colour.RED, Colour.BLUE],
    Size: [Size.LARGE, Size.SMALL, "LARGE"],
    datetime: [datetime(2026, 3, 1, 9, tzinfo=UTC)],
    date: [date(2026, 3, 1)],
}
_FAULTS: list[object] = [None, None, Undefined, ValueError("no"), object(), 2**31, float("nan"), "text", [], {}, 3]


@dataclass(frozen=True)
class Kind:
    """A field's type: a leaf or one of our types, in so many lists, each place nullable or not."""

    inner: Any
    nullable: tuple[bool, ...]

    @property
    def annotation(self) -> Any:
        made: Any = self.inner | None if self.nullable[-1] else self.inner
        for nullable in reversed(self.nullable[:-1]):
            made = list[made] | None if nullable else list[made]
        return made


@dataclass
class World:
    """All that one seed makes."""

    seed: int
    faults: float
    random: Random = field(init=False)
    types: list[type] = field(default_factory=list)
    kinds: dict[type, dict[str, Kind]] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    # One of each type, which may stand in several places.
    objects: dict[type, object] = field(default_factory=dict)
    variables: ClassVar = ("a", "b")

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        for number in reversed(range(self.random.randint(1, 4))):
            self._type(number)
        self.rows_kind = Kind(self.types[-1], (self._chance(0.3), self._chance(0.3)))
        self.schema = self._schema()

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _kind(self) -> Kind:
        leaf = not self.types or self._chance(0.6)
        inner = self.random.choice(list(_LEAVES) if leaf else self.types)
        lists = self.random.choice([0, 0, 0, 1, 1, 2])
        return Kind(inner, tuple(self._chance(0.4) for _ in range(lists + 1)))

    def _type(self, number: int) -> None:
        kinds = {f"field_{place}": self._kind() for place in range(self.random.randint(1, 5))}
        named = self._chance(0.3)
        body: dict[str, Any] = {"__annotations__": {name: kind.annotation for name, kind in kinds.items()}}
        if self._chance(0.25):
            body["later"] = _resolver(is_async=self._chance(0.5))
        if self._chance(0.4):
            body["__annotations__"]["completed"] = strawberry.Private[Completed]
            body["completed"] = field(default_factory=dict)
        bases = (*([Shown] if "completed" in body else []), *([Named] if named else []))
        made = strawberry.type(type(f"Type{number}", bases, body))
        if named:
            kinds["id"] = Kind(strawberry.ID, (False,))
        if "later" in body:
            kinds["later"] = Kind(str, (True,))
        self.types.append(made)
        self.kinds[made] = kinds

    def _schema(self) -> Schema:
        def rows(self: object, info: strawberry.Info) -> Any:
            return info.context

        rows.__annotations__["return"] = self.rows_kind.annotation
        query = strawberry.type(type("Query", (), {"rows": strawberry.field(rows)}))
        return Schema(query, types=self.types, limits=LIMITS)

    def rows(self) -> Any:
        return self._value(self.rows_kind, 0)

    def _value(self, kind: Kind, depth: int) -> Any:
        if self._chance(self.faults):
            value: object = self.random.choice(_FAULTS)
            return Later(value) if self._chance(0.2) else value
        if kind.nullable[0] and self._chance(0.2):
            return None
        if len(kind.nullable) > 1:
            rest = Kind(kind.inner, kind.nullable[1:])
            rows = [self._value(rest, depth + 1) for _ in range(self.random.randint(0, 3))]
            return self.random.choice([rows, rows, rows, tuple(rows), Rows(rows) if self.faults else rows])
        if kind.inner in self.kinds:
            return self._object(kind.inner, depth)
        return self.random.choice(_LEAVES[kind.inner][: None if self.faults else 2])

    def _object(self, made: type, depth: int) -> Any:
        if self._chance(self.faults):
            return self.random.choice([Failing(), Later(None), object.__new__(self.random.choice(self.types))])
        if made in self.objects and self._chance(0.2):
            return self.objects[made]
        value: Any = object.__new__(made)
        if isinstance(value, Shown):
            value.completed = {}
        for name, kind in self.kinds[made].items():
            if name != "later" and not self._chance(self.faults / 2):
                setattr(value, name, self._value(kind, depth + 1))
        self.objects[made] = value
        return value

    def operation(self) -> str:
        self.fragments = []
        body = self._selection(self.rows_kind.inner, 0)
        return "\n".join([f"query($a: Boolean!, $b: Boolean!) {{ rows {body} }}", *self.fragments])

    def _selection(self, made: type, depth: int) -> str:
        if self._chance(0.1):
            return "{ __typename }"
        chosen = [self._selected(made, depth) for _ in range(self.random.randint(1, 4))]
        return "{ " + " ".join(["__typename", *chosen] if self._chance(0.3) else chosen) + " }"

    def _selected(self, made: type, depth: int) -> str:
        shape = self.random.random()
        if depth < 4 and shape < 0.1:
            on = f"on {made.__name__} " if self._chance(0.5) else ""
            return f"... {on}{self._condition()}{self._selection(made, depth + 1)}"
        if depth < 4 and shape < 0.2:
            body, name = self._selection(made, depth + 1), f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {made.__name__} {body}")
            return f"...{name} {self._condition()}" * self.random.choice([1, 1, 2])
        name = self.random.choice([*self.kinds[made], "__typename"])
        kind = self.kinds[made].get(name)
        # An alias names its field, so that fields of one key are always the same field.
        alias = f"alias_{name}: " if self._chance(0.2) else ""
        below = self._selection(kind.inner, depth + 1) if kind and kind.inner in self.kinds else ""
        head, *rest = name.split("_")
        written = name if name == "__typename" else head + "".join(part.title() for part in rest)
        return f"{alias}{written} {self._condition()}{below}"

    def _condition(self) -> str:
        if self._chance(0.75):
            return ""
        given = self.random.choice(["$a", "$b", "true", "false"])
        return f"@{self.random.choice(['include', 'skip'])}(if: {given}) "


def _resolver(*, is_async: bool) -> Any:
    async def awaited(self: object) -> str | None:
        return type(self).__name__

    def at_once(self: object) -> str | None:
        return type(self).__name__

    return strawberry.field(awaited if is_async else at_once)
