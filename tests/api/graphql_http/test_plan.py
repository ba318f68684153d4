"""Plans complete values just as graphql-core does, to the letter, errors and their order included."""

import asyncio
import gc
import hashlib
import inspect
import json
import warnings
from dataclasses import field
from typing import Any

import pytest
import strawberry
from graphql import DocumentNode, Executor, GraphQLError, execute, parse
from graphql.execution.collect_fields import CollectedFields, FieldDetails
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import CustomGraphQLEnumType
from strawberry.types.field import StrawberryField

from api.server.graphql_http import Schema
from api.server.kept import MOST_COMPLETED, Completed, Shown, keep_completed
from api.server.planned_executor import KEPT_COMBINATIONS, KEPT_OPERATIONS, PlannedExecutor
from tests.api.graphql_http.made_up import LIMITS, World
from tests.campaign import rounds

OPERATIONS = 6
# As Strawberry passes it.
IS_AWAITABLE: Any = optimized_is_awaitable


async def answer(
    schema: Schema, executor: Any, document: DocumentNode, rows: object, variables: dict[str, bool]
) -> str:
    """The answer as text: data and errors, in their order."""
    result: Any = execute(
        schema._schema,
        document,
        context_value=rows,
        variable_values=variables,
        executor_class=executor,
        is_awaitable=IS_AWAITABLE,
        operation_extensions={},
    )
    if inspect.isawaitable(result):
        result = await result
    return json.dumps([result.data, [error.formatted for error in result.errors or ()]])


@settings(max_examples=rounds(40, 2_000))
@given(seed=st.integers(0, 2**32), faults=st.sampled_from([0.0, 0.01, 0.05, 0.2]))
def test_made_up_operations_are_answered_as_by_graphql_core(seed: int, faults: float) -> None:
    world = World(seed, faults)

    async def compare() -> None:
        for _ in range(OPERATIONS):
            document, rows = parse(world.operation()), world.rows()
            for variables in ({"a": True, "b": False}, {"a": False, "b": False}, {"a": True, "b": False}):
                told = (document, rows, variables)
                expected = await answer(world.schema, StrawberryGraphQLCoreExecutionContext, *told)
                assert await answer(world.schema, world.schema.execution_context_class, *told) == expected

    # Where a row fails, graphql-core drops what it would have awaited beside it, with or without plans. The collector
    # looks at what came since: everything that other tests of this process hold would take it a second each time.
    gc.freeze()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        asyncio.run(compare())
        gc.collect()


@strawberry.type
class Part:
    name: str

    @strawberry.field
    def long_name(self) -> str:
        return f"long {self.name}"


@strawberry.type
class Whole:
    name: str
    part: Part
    parts: list[Part]


@strawberry.type
class Badge(Shown):
    read: strawberry.Private[list[str]]
    completed: strawberry.Private[Completed] = field(default_factory=dict)
    inner: Part

    def __getattribute__(self, name: str) -> Any:
        if name == "inner":
            self.read.append(name)
        return super().__getattribute__(name)


BADGE = Badge(read=[], inner=Part(name="b"))


@strawberry.type
class Query:
    @strawberry.field
    def badge(self) -> Badge:
        return BADGE

    @strawberry.field
    def wholes(self) -> list[Whole]:
        return [Whole(name=str(number), part=Part(name="p"), parts=[Part(name="q")]) for number in range(3)]

    @strawberry.field
    def first(self) -> Whole:
        return Whole(name="0", part=Part(name="p"), parts=[])


def counted(schema: Schema, query: str, variables: dict[str, bool] | None = None) -> int:
    """How many fields graphql-core walks for this query."""
    walked = 0
    planned: Any = schema.execution_context_class

    class Counting(planned):  # type: ignore[misc]
        def execute_field(self, *arguments: Any) -> Any:
            nonlocal walked
            walked += 1
            return super().execute_field(*arguments)

    result: Any = execute(
        schema._schema,
        parse(query),
        variable_values=variables or {},
        executor_class=Counting,
        is_awaitable=IS_AWAITABLE,
        operation_extensions={},
    )
    assert not result.errors
    return walked


@pytest.fixture
def schema() -> Schema:
    return Schema(Query, limits=LIMITS)


def test_lists_and_objects_of_plain_attributes_are_not_walked(schema: Schema) -> None:
    assert counted(schema, "{ wholes { name part { name } parts { ... on Part { name __typename } } } }") == 1
    assert counted(schema, "{ first { name parts { name } } }") == 1


def test_what_is_plain_below_a_field_with_a_resolver_is_not_walked(schema: Schema) -> None:
    # The list, and of each of three rows two fields and two of the first one's; the third is a plan's.
    assert counted(schema, "{ wholes { part { longName name } parts { name } } }") == 1 + 3 * (2 + 2)


async def test_fields_that_a_variable_leaves_out_are_planned_for_each_of_its_values(schema: Schema) -> None:
    query = "query($more: Boolean!) { first { name part @include(if: $more) { name } } }"
    document = parse(query)
    for more, expected in ((True, '{"name": "0", "part": {"name": "p"}}'), (False, '{"name": "0"}')) * 2:
        text = await answer(schema, schema.execution_context_class, document, None, {"more": more})
        assert text == f'[{{"first": {expected}}}, []]'


async def test_an_object_that_never_changes_is_completed_once_for_each_selection(schema: Schema) -> None:
    executor = schema.execution_context_class
    short, long = (parse(f"{{ badge {{ inner {{ {fields} }} }} }}") for fields in ("name", "name __typename"))
    for document, text in ((short, '{"name": "b"}'), (long, '{"name": "b", "__typename": "Part"}')) * 3:
        assert await answer(schema, executor, document, None, {}) == f'[{{"badge": {{"inner": {text}}}}}, []]'
    assert len(BADGE.read) == 2
    assert len(BADGE.completed) == 2


def test_of_many_selections_an_object_keeps_few() -> None:
    completed: Completed = {}
    for number in range(10):
        keep_completed(completed, number, {"number": number})
        assert completed[number] == {"number": number}
        assert len(completed) <= MOST_COMPLETED


async def test_few_plans_are_kept(schema: Schema) -> None:
    executor: Any = schema.execution_context_class
    for _ in range(KEPT_OPERATIONS + 5):
        await answer(schema, executor, parse("{ first { name } }"), None, {})
    assert len(executor._known) == KEPT_OPERATIONS
    names = [f"v{number}" for number in range(5)]
    fields = " ".join(f"{name}: name @skip(if: ${name})" for name in names)
    head = ", ".join(f"${name}: Boolean!" for name in names)
    document = parse(f"query({head}) {{ first {{ name {fields} }} }}")
    for number in range(2 * KEPT_COMBINATIONS):
        variables = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        await answer(schema, executor, document, None, variables)
    [kept] = [plans for plans in executor._known.values() if plans.operation is document.definitions[0]]
    assert len(kept._by_values) <= KEPT_COMBINATIONS


def test_what_plans_lean_on_is_as_it_was() -> None:
    """If this fails: read what changed there, mend `plan.py` and `planned_executor.py`, then note the new digests."""
    assert FieldDetails._fields == ("node", "defer_usage", "fragment_variable_values")
    assert CollectedFields._fields == ("grouped_field_set", "new_defer_usages", "forbidden_directive_instances")
    assert issubclass(PlannedExecutor, StrawberryGraphQLCoreExecutionContext)
    assert issubclass(StrawberryGraphQLCoreExecutionContext, Executor)
    leaned_on: tuple[Any, ...] = (
        Executor.execute_field,
        Executor.complete_value,
        Executor.complete_list_value,
        Executor.complete_iterable_value,
        Executor.complete_list_item_value,
        Executor.complete_leaf_value,
        Executor.complete_object_value,
        Executor.collect_subfields,
        StrawberryField.get_result,
        inspect.getattr_static(StrawberryField, "is_basic_field").fget,
        CustomGraphQLEnumType.coerce_output_value,
    )
    text = "".join(inspect.getsource(one) for one in leaned_on)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "6d20655101e9cebc"


def test_a_fault_is_told_with_its_path(schema: Schema) -> None:
    @strawberry.type(name="Query")
    class Faulty:
        @strawberry.field
        def wholes(self) -> list[Whole]:
            return [Whole(name="0", part=Part(name=None), parts=[])]  # type: ignore[arg-type]

    result = Schema(Faulty, limits=LIMITS).execute_sync("{ wholes { part { name } } }")
    [error] = result.errors or [GraphQLError("none")]
    assert result.data is None
    assert error.path == ["wholes", 0, "part", "name"]
