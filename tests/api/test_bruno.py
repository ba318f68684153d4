"""clients/bruno: it has the operations and endpoints that there are, with variables that fit the schema."""

import json
import re
from typing import Any

import yaml
from graphql import OperationDefinitionNode, get_variable_values, parse

from tests.api.client import SCHEMA, Client
from tests.api.test_operations_to_copy import OPERATIONS
from tests.bruno import COLLECTION, ROOT, written

BLOCK = re.compile(r"^([a-z:-]+) \{\n(.*?)^\}$", re.MULTILINE | re.DOTALL)
# The fast loader: this is read by every process that collects the tests.
PATHS = yaml.load((ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)["paths"]


def blocks(text: str) -> dict[str, str]:
    """The blocks of a request, each as the text within. There is nothing but blocks in it."""
    assert BLOCK.sub("", text).strip() == ""
    return {
        name: "\n".join(line.removeprefix("  ") for line in body.splitlines()) for name, body in BLOCK.findall(text)
    }


def fields(block: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in block.splitlines())


REQUESTS = {
    path.relative_to(COLLECTION).as_posix(): blocks(path.read_text(encoding="utf-8"))
    for path in sorted(COLLECTION.rglob("*.bru"))
    if path.parent.name != "environments"
}
GRAPHQL = {fields(found["meta"])["name"]: found for found in REQUESTS.values() if "body:graphql" in found}


def test_the_files_are_those_that_are_written() -> None:
    made = {path: (COLLECTION / path).read_text(encoding="utf-8") for path in REQUESTS if not path.startswith("http/")}
    assert made == written(), "run: python -m tests.bruno"
    assert json.loads((COLLECTION / "bruno.json").read_text())["type"] == "collection"


def test_each_operation_is_there_as_it_stands() -> None:
    assert {name: found["body:graphql"] for name, found in GRAPHQL.items()} == {
        name: text for name, text in OPERATIONS.items() if not text.startswith("subscription")
    }


def test_the_variables_fit_the_schema() -> None:
    for name, found in GRAPHQL.items():
        [operation] = parse(found["body:graphql"]).definitions
        assert isinstance(operation, OperationDefinitionNode)
        given: dict[str, Any] = json.loads(found["body:graphql:vars"])
        values = get_variable_values(SCHEMA, operation.variable_definitions or (), given)
        assert not isinstance(values, list), (name, values)


def test_each_request_goes_to_an_endpoint_and_uses_variables_that_the_environment_has() -> None:
    environment = (COLLECTION / "environments" / "Demo.bru").read_text(encoding="utf-8")
    for path, found in REQUESTS.items():
        [method] = {"get", "post"} & found.keys()
        assert method in PATHS[fields(found[method])["url"].removeprefix("{{api}}")], path
        for variable in set(re.findall(r"\{\{(\w+)\}\}", "".join(found.values()))):
            assert re.search(rf"^  {variable}\b", environment, re.MULTILINE), (path, variable)


async def test_a_request_is_answered_as_it_stands(staff: Client) -> None:
    found = GRAPHQL["Day"]
    answer = await staff.run(found["body:graphql"], **json.loads(found["body:graphql:vars"]))
    assert answer["appointments"]["nodes"] == []
