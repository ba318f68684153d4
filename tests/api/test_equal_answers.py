"""The plan (api/server/plan.py) changes no answer: the queries of suite and screens, byte for byte, for everybody."""

import re
from typing import Any

import httpx2
from graphql import OperationDefinitionNode, OperationType, parse
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.server.planned_executor import PlannedExecutor
from api.web.operations import own_operations
from clinic.values.ports import Services
from tests.api.operations import QUERIES
from tests.api.own_schema import client_of, own_schema
from tests.api.records import Records, make_records
from tests.api.test_operations_to_copy import OPERATIONS as TO_COPY
from tests.factories import EVERY_PERMISSION, Practice

# Addresses of files are made anew for each answer.
ADDRESS = re.compile(rb"/(files|previews)/[\w.-]+")


def values(records: Records) -> dict[str, Any]:
    """What the variables of our screens' and the page's queries stand for, by their names."""
    everything = [getattr(records, name) for name in ("contact", "relative", "document", "appointment", "organization")]
    return {
        "id": records.contact,
        "ids": everything,
        "documentId": records.document,
        "from": records.now.isoformat(),
        "to": f"{records.now.year + 1}-01-01T00:00:00Z",
        "search": "Reyes",
        "slug": "willow-creek",
        "cancelled": True,
        "archived": True,
        "first": 2,
        "language": "es",
    }


def queries(records: Records) -> list[tuple[str, dict[str, Any]]]:
    """Every query of the access matrix, of our screens and of the page, with its variables."""
    found = [(operation.text, operation.variables(records)) for operation in QUERIES]
    for text in sorted({*own_operations(), *TO_COPY.values()}):
        [operation] = parse(text).definitions
        assert isinstance(operation, OperationDefinitionNode)
        if operation.operation is not OperationType.QUERY:
            continue
        known = values(records)
        # Without an input that only the matrix knows, both refuse alike.
        asked = [one.variable.name.value for one in operation.variable_definitions or ()]
        found.append((text, {name: known[name] for name in asked if name in known}))
    return found


async def test_answers_are_the_same_with_and_without_the_plan(practice: Practice, services: Services) -> None:
    records = await make_records(practice)
    tokens: list[str | None] = [None, records.patient.access_token]
    tokens += [
        (await practice.signed_in(*some, reads_contacts=False))[1].access_token for some in ((), EVERY_PERMISSION)
    ]
    asked = [(text, variables, token) for text, variables in queries(records) for token in tokens]
    answers = []
    planned, plain = own_schema(), own_schema()
    plain.execution_context_class = StrawberryGraphQLCoreExecutionContext
    assert issubclass(planned.execution_context_class, PlannedExecutor)
    async with client_of(planned, services) as with_plan, client_of(plain, services) as without:
        # One after the other, because the audit notes what is read for the first time.
        for one in asked:
            answers.append(await answer_of(with_plan, *one))
            assert answers[-1] == await answer_of(without, *one), one[0]
    assert len(asked) > 250
    assert sum(b'"errors"' not in body for _, body in answers) > 120
    assert sum(b'"errors"' in body for _, body in answers) > 60


async def answer_of(
    http: httpx2.AsyncClient, text: str, variables: dict[str, Any], token: str | None
) -> tuple[int, bytes]:
    headers = {"Accept": "application/graphql-response+json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    answer = await http.post("/graphql", json={"query": text, "variables": variables}, headers=headers)
    return answer.status_code, ADDRESS.sub(rb"/\1/token", answer.content)
