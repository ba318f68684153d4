"""The schema keeps what clients depend on, is described to the last argument, and suits mobile code generators."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    introspection_types,
    is_required_argument,
    is_required_input_field,
    specified_scalar_types,
)

from api.schema import export
from tests.api.client import SCHEMA

ROOT = Path(__file__).parents[2]
BUILT_IN = {*introspection_types, *specified_scalar_types}
# Clients written in Swift or Kotlin can't name these, or collide with their own (graphql.md §4).
TYPE_NAMES_NO_CLIENT_CAN_USE = {"companion", "system", "selection", "documenttype", "object"}
FIELD_NAMES_NO_CLIENT_CAN_USE = {"data", "self", "fragments"}


def types_of(schema: GraphQLSchema) -> list[GraphQLNamedType]:
    return [type_ for name, type_ in schema.type_map.items() if name not in BUILT_IN]


OURS = types_of(SCHEMA)


@cache
def contract() -> GraphQLSchema:
    return build_schema((Path(__file__).parent / "contract.graphql").read_text("utf-8"))


UNIONS_OF_RESULTS = [t for t in OURS if isinstance(t, GraphQLUnionType) and t.name.endswith("Result")]


def signatures(type_: GraphQLNamedType) -> Iterator[str]:
    """A line for all that a client can depend on in a type, such as `Query.node(id: ID!): Node`."""
    yield f"{type(type_).__name__} {type_.name}"
    match type_:
        case GraphQLObjectType() | GraphQLInterfaceType():
            yield from (f"{type_.name} implements {interface.name}" for interface in type_.interfaces)
            for name, field in type_.fields.items():
                yield f"{type_.name}.{name}: {field.type}"
                yield from (f"{type_.name}.{name}({key}: {value.type})" for key, value in field.args.items())
        case GraphQLInputObjectType():
            yield from (f"{type_.name}.{name}: {field.type}" for name, field in type_.fields.items())
            yield from (
                f"{type_.name}.{name} = {field.default_value!r}"
                for name, field in type_.fields.items()
                if not is_required_input_field(field)
            )
        case GraphQLEnumType():
            yield from (f"{type_.name}.{name}" for name in type_.values)
        case GraphQLUnionType():
            yield from (f"{type_.name} = {member.name}" for member in type_.types)


def missing_from(schema: GraphQLSchema) -> list[str]:
    here = {line for type_ in types_of(schema) for line in signatures(type_)}
    return [line for type_ in types_of(contract()) for line in signatures(type_) if line not in here]


def test_schema_holds_the_whole_contract_with_exactly_its_types() -> None:
    assert missing_from(SCHEMA) == []


def test_a_type_made_nullable_would_be_noticed() -> None:
    text = export().replace("displayName: String!", "displayName: String")
    assert missing_from(build_schema(text)) == ["Contact.displayName: String!"]


def test_beyond_the_contract_nothing_is_demanded_of_clients() -> None:
    demanded = []
    for type_ in types_of(contract()):
        ours = SCHEMA.type_map[type_.name]
        if isinstance(ours, GraphQLInputObjectType) and isinstance(type_, GraphQLInputObjectType):
            more = {name: field for name, field in ours.fields.items() if name not in type_.fields}
            demanded += [f"{type_.name}.{name}" for name, field in more.items() if is_required_input_field(field)]
        if isinstance(ours, GraphQLObjectType) and isinstance(type_, GraphQLObjectType):
            for name, known in type_.fields.items():
                added = {key: value for key, value in ours.fields[name].args.items() if key not in known.args}
                demanded += [f"{type_.name}.{name}.{k}" for k, value in added.items() if is_required_argument(value)]
    assert demanded == []


def test_schema_graphql_is_what_the_code_exports() -> None:
    assert (ROOT / "schema.graphql").read_text("utf-8") == export()


def test_everything_is_described() -> None:
    bare = []
    for type_ in OURS:
        parts = {type_.name: type_.description}
        for name, field in getattr(type_, "fields", {}).items():
            parts[f"{type_.name}.{name}"] = field.description
            parts |= {f"{type_.name}.{name}.{key}": a.description for key, a in getattr(field, "args", {}).items()}
        if isinstance(type_, GraphQLEnumType):
            parts |= {f"{type_.name}.{name}": value.description for name, value in type_.values.items()}
        bare += [where for where, words in parts.items() if not (words or "").strip()]
    assert bare == []


def test_custom_scalars_say_what_specifies_them() -> None:
    ours = {type_.name: type_.specified_by_url for type_ in OURS if isinstance(type_, GraphQLScalarType)}
    rfc3339 = "https://www.rfc-editor.org/rfc/rfc3339"
    assert ours == {"Date": rfc3339, "DateTime": rfc3339}


def test_type_names_differ_in_more_than_case_and_suit_every_generator() -> None:
    folded = Counter(type_.name.casefold() for type_ in OURS)
    assert [name for name, count in folded.items() if count > 1] == []
    assert folded.keys() & TYPE_NAMES_NO_CLIENT_CAN_USE == set()


def test_field_names_suit_every_generator() -> None:
    awkward = []
    for type_ in OURS:
        fields = getattr(type_, "fields", {})
        folded = Counter(name.casefold() for name in fields)
        awkward += [f"{type_.name}.{name}" for name, count in folded.items() if count > 1]
        for name, field in fields.items():
            with_subfields = not isinstance(get_named_type(field.type), GraphQLScalarType | GraphQLEnumType)
            unusable = name in FIELD_NAMES_NO_CLIENT_CAN_USE or (name == "type" and with_subfields)
            if unusable or not re.fullmatch("[a-z][A-Za-z0-9]*", name):
                awkward.append(f"{type_.name}.{name}")
    assert awkward == []


@pytest.mark.parametrize("union", UNIONS_OF_RESULTS, ids=str)
def test_result_is_one_success_then_user_errors(union: GraphQLUnionType) -> None:
    success, *errors = union.types
    assert success.name == f"{union.name.removesuffix('Result')}Success"
    assert errors
    assert all([interface.name for interface in error.interfaces] == ["UserError"] for error in errors)


def test_every_mutation_takes_one_input_and_answers_a_union_but_for_signing_out() -> None:
    assert SCHEMA.mutation_type is not None
    fields = dict(SCHEMA.mutation_type.fields)
    assert (str(fields["signOut"].type), fields.pop("signOut").args) == ("Boolean!", {})
    for name, field in fields.items():
        assert list(field.args) == ["input"], name
        assert str(field.args["input"].type) == f"{name[0].upper()}{name[1:]}Input!"
        assert get_named_type(field.type) in UNIONS_OF_RESULTS, name


def test_error_codes_are_the_names_of_the_errors() -> None:
    interface = SCHEMA.type_map["UserError"]
    codes = SCHEMA.type_map["UserErrorCode"]
    assert isinstance(interface, GraphQLInterfaceType)
    assert isinstance(codes, GraphQLEnumType)
    names = [error.name for error in SCHEMA.get_implementations(interface).objects]
    assert {re.sub("(?<!^)(?=[A-Z])", "_", name).upper() for name in names} == set(codes.values)
