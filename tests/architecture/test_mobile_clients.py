"""clients/kotlin and clients/swift: what can be said of them without their compilers."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLInputObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    Visitor,
    build_schema,
    is_required_input_field,
    parse,
    validate,
    visit,
)

CLIENTS = Path(__file__).parents[2] / "clients"
DOCUMENT = parse("\n".join(path.read_text("utf-8") for path in sorted((CLIENTS / "operations").glob("*.graphql"))))
OPERATIONS = [node for node in DOCUMENT.definitions if isinstance(node, OperationDefinitionNode)]
EXAMPLES = {
    name: (CLIENTS / path).read_text("utf-8")
    for name, path in (
        ("kotlin", "kotlin/src/main/kotlin/org/example/vestibule/SignWhatWaits.kt"),
        ("swift", "swift/SignWhatWaits.swift"),
    )
}
# From the generators' issues (apollo-kotlin 4629, 3402; apollo-ios 2708, 2719, 3258, 2183).
TYPES_TO_AVOID = {"Companion", "System", "Selection", "DocumentType", "Object"}
FIELDS_TO_AVOID = {"data", "self", "fragments", "__data", "_init"}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((CLIENTS.parent / "schema.graphql").read_text(encoding="utf-8"))


def test_the_operations_fit_the_schema(schema: GraphQLSchema) -> None:
    assert validate(schema, DOCUMENT) == []


def test_no_name_is_one_that_the_generators_stumble_over(schema: GraphQLSchema) -> None:
    ours = [name for name in schema.type_map if not name.startswith("__")]
    assert len({name.lower() for name in ours}) == len(ours), "files of two types would be one on some systems"
    assert TYPES_TO_AVOID & set(ours) == set()
    names = [node.name.value for node in OPERATIONS if node.name]
    assert len({name.lower() for name in names}) == len(OPERATIONS)

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            name = (node.alias or node.name).value
            assert name not in FIELDS_TO_AVOID, name
            assert not (name == "type" and node.selection_set), name
            assert name == "__typename" or name[0].islower(), name

    visit(DOCUMENT, Fields())


def test_the_configurations_name_what_there_is() -> None:
    swift = json.loads((CLIENTS / "swift" / "apollo-codegen-config.json").read_text("utf-8"))
    for pattern in (*swift["input"]["schemaSearchPaths"], *swift["input"]["operationSearchPaths"]):
        assert list((CLIENTS / "swift").glob(pattern)), pattern
    kotlin = (CLIENTS / "kotlin" / "build.gradle.kts").read_text("utf-8")
    for named in re.findall(r'(?:file|srcDir)\("([^"]+)"\)', kotlin):
        assert (CLIENTS / "kotlin" / named).exists(), named
    mapped = set(re.findall(r'mapScalarTo\w+\("(\w+)"\)', kotlin))
    assert mapped == {"DateTime", "Date"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_use_operations_and_inputs_that_there_are(example: str, schema: GraphQLSchema) -> None:
    text = EXAMPLES[example]
    made = {f"{node.name.value}{node.operation.value.capitalize()}" for node in OPERATIONS if node.name}
    used = set(re.findall(r"\b([A-Z]\w+(?:Query|Mutation))\(", text))
    assert used
    assert used <= made
    inputs = re.findall(
        r"\b([A-Z]\w+Input)\(([^()]*(?:\([^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*\)[^()]*)*)\)", text
    )
    assert len(inputs) == 2
    for name, arguments in inputs:
        kind = schema.type_map[name]
        assert isinstance(kind, GraphQLInputObjectType)
        given = set(re.findall(r"(?:^|[,\n])\s*(\w+)\s*[=:]", arguments))
        needed = {field for field, of_field in kind.fields.items() if is_required_input_field(of_field)}
        assert needed <= given <= kind.fields.keys(), (name, given)
    for member in re.findall(r"\b(?:on|as)([A-Z]\w+)\b", text):
        assert member in schema.type_map, member
