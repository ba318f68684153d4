"""`python -m tests.bruno` writes clients/bruno: a Bruno collection of the operations in clients/operations."""

import json
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    get_named_type,
    is_required_input_field,
    parse,
    type_from_ast,
)

ROOT = Path(__file__).parents[1]
OPERATIONS = ROOT / "clients" / "operations"
COLLECTION = ROOT / "clients" / "bruno"
# What a person fills in. Values of the demo practice, so that signing in works at once.
SAMPLES: dict[str, object] = {
    "organization": "willow-creek",
    "startsAt": "2026-03-02T09:30:00-05:00",
    "endsAt": "2026-03-02T10:00:00-05:00",
    "from": "2026-03-02T00:00:00-05:00",
    "to": "2026-03-03T00:00:00-05:00",
}
FIRST = {
    "SignInStaff": {"email": "front.desk@willow-creek.example", "password": "{{password}}"},
    "SignInPatient": {"email": "leo.park@example.com", "password": "{{password}}"},
    "RefreshSession": {"refreshToken": "{{refreshToken}}"},
}
KEEP_TOKENS = """  const [answer] = Object.values(res.body.data ?? {});
  if (answer?.accessToken) {
    bru.setEnvVar("token", answer.accessToken);
    bru.setEnvVar("refreshToken", answer.refreshToken);
  }"""


def written() -> dict[str, str]:
    """The text of each file, by its path within the collection."""
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    files: dict[str, str] = {}
    for source in sorted(OPERATIONS.glob("*.graphql")):
        text = source.read_text(encoding="utf-8")
        nodes = [node for node in parse(text).definitions if isinstance(node, OperationDefinitionNode)]
        # Bruno asks by POST; subscriptions come over a WebSocket.
        asked = [node for node in nodes if node.operation is not OperationType.SUBSCRIPTION]
        for number, node in enumerate(asked, start=1):
            assert node.name is not None
            assert node.loc is not None
            name = node.name.value
            body = text[node.loc.start : node.loc.end]
            variables = {one.variable.name.value: _sample(schema, one, name) for one in node.variable_definitions or ()}
            files[f"{source.stem}/{name}.bru"] = _request(name, number, body, variables)
    return files


def _sample(schema: GraphQLSchema, variable: Any, operation: str) -> object:
    kind = type_from_ast(schema, variable.type)
    return _value(kind, variable.variable.name.value, operation)


def _value(kind: Any, name: str, operation: str) -> object:
    named = get_named_type(kind)
    if not isinstance(named, GraphQLInputObjectType):
        return SAMPLES.get(name, None if not str(kind).endswith("!") else "")
    given = {
        field: _value(of_field.type, field, operation)
        for field, of_field in named.fields.items()
        if is_required_input_field(of_field)
    }
    return given | FIRST.get(operation, {})


def _request(name: str, number: int, body: str, variables: dict[str, object]) -> str:
    blocks = {
        "meta": f"  name: {name}\n  type: graphql\n  seq: {number}",
        "post": "  url: {{api}}/graphql\n  body: graphql\n  auth: bearer",
        "headers": "  Accept: application/graphql-response+json",
        "auth:bearer": "  token: {{token}}",
        "body:graphql": _indented(body),
        "body:graphql:vars": _indented(json.dumps(variables, indent=2)),
    }
    if "accessToken" in body:
        blocks["script:post-response"] = KEEP_TOKENS
    return "\n".join(f"{block} {{\n{text}\n}}\n" for block, text in blocks.items())


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in text.splitlines())


def main() -> None:
    for path, text in written().items():
        target = COLLECTION / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
