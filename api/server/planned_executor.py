"""graphql-core's executor, with plans for the values that have one. It falls back to graphql-core for all others."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, ClassVar

from graphql import (
    DirectiveNode,
    FragmentDefinitionNode,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.server.plan import Plan, plan_for

# As many operations as `CACHED_QUERIES` keeps documents; each with as many plans as clients send combinations of the
# variables in @include and @skip.
KEPT_OPERATIONS = 128
KEPT_COMBINATIONS = 16

# By the type and the selection: the places in memory of the nodes that select it, which the operation keeps alive.
_Key = tuple[GraphQLOutputType, tuple[int, ...]]
PlansOfRequest = dict[_Key, Plan | None]


class _OperationPlans:
    """The plans of one operation. Holding the operation and its fragments keeps their nodes alive."""

    def __init__(self, operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self.operation, self.fragments = operation, fragments
        selections = [operation.selection_set, *(fragment.selection_set for fragment in fragments.values())]
        found = {name for selection in selections for name in _conditions(selection)}
        self._conditions = tuple(sorted(found))
        self._by_values: dict[tuple[object, ...], PlansOfRequest] = {}

    def given(self, variables: dict[str, Any]) -> PlansOfRequest:
        values = tuple(variables.get(name) for name in self._conditions)
        found = self._by_values.get(values)
        if found is None:
            if len(self._by_values) >= KEPT_COMBINATIONS:
                self._by_values.clear()
            found = self._by_values[values] = {}
        return found


def _conditions(selection_set: SelectionSetNode) -> Iterator[str]:
    """The variables that decide what is selected."""
    for selection in selection_set.selections:
        for directive in selection.directives or ():
            yield from _variables(directive)
        inner: SelectionSetNode | None = getattr(selection, "selection_set", None)
        if inner is not None:
            yield from _conditions(inner)


def _variables(directive: DirectiveNode) -> Iterator[str]:
    for argument in directive.arguments or ():
        if isinstance(argument.value, VariableNode):
            yield argument.value.name.value


class PlannedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Make a subclass for each schema with `executor_for_one_schema`: it keeps the plans of the schema's operations."""

    _known: ClassVar[OrderedDict[int, _OperationPlans]]
    _plans: PlansOfRequest | None = None

    def complete_list_value(
        self,
        return_type: GraphQLList[GraphQLOutputType],
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        if position_context is None and (plan := self._plan(return_type, field_details_list)) is not None:
            try:
                return plan(result)
            except Exception:  # noqa: BLE001, S110  graphql-core meets the same fault and says where it is
                pass
        return super().complete_list_value(return_type, field_details_list, info, path, result, position_context)

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        if position_context is None and (plan := self._plan(return_type, field_details_list)) is not None:
            try:
                return plan(result)
            except Exception:  # noqa: BLE001, S110  as above
                pass
        return super().complete_object_value(return_type, field_details_list, info, path, result, position_context)

    def _plan(self, kind: Any, details: FieldDetailsList) -> Plan | None:
        plans = self._plans
        if plans is None:
            plans = self._plans = self._plans_of_request()
        # Nearly always one node; the type alone tells a list from what is in it.
        key = (kind, (id(details[0].node),) if len(details) == 1 else tuple(id(each.node) for each in details))
        try:
            return plans[key]
        except KeyError:
            # Middleware sees each field, so that it leaves no field to a plan.
            seen = self.middleware_manager is not None and bool(self.middleware_manager.middlewares)
            plan = plans[key] = None if seen else plan_for(kind, details, self.collect_subfields)
            return plan

    def _plans_of_request(self) -> PlansOfRequest:
        known, operation = self._known, self.operation
        plans = known.get(id(operation))
        if plans is None:
            plans = known[id(operation)] = _OperationPlans(operation, self.fragment_definitions)
            if len(known) > KEPT_OPERATIONS:
                known.popitem(last=False)
        else:
            known.move_to_end(id(operation))
        return plans.given(self.variable_values.coerced)


def executor_for_one_schema() -> type[PlannedExecutor]:
    """An executor class that keeps the plans of one schema."""

    class Executor(PlannedExecutor):
        _known: ClassVar[OrderedDict[int, _OperationPlans]] = OrderedDict()

    return Executor
