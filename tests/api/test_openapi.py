"""docs/openapi.yaml: it has each HTTP endpoint and no other, and answers are what it says of them."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from starlette.applications import Starlette
from starlette.routing import Route

from api.server.errors import Code
from tests.api.client import Client
from tests.factories.pdfs import sound_pdf

_FILE = Path(__file__).parents[2] / "docs" / "openapi.yaml"
# The fast loader: this is read by every process that collects the tests.
PAGE: dict[str, Any] = yaml.load(_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
# What browsers load; docs/embedding.md and docs/staff-screen.md are about these.
PAGES = ("/staff", "/shared/", "/elements/", "/console/")


def resolved(node: Any) -> Any:
    """The node, or what its `$ref` names."""
    while isinstance(node, dict) and "$ref" in node:
        found: Any = PAGE
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in references(value)]
    return [found for value in node for found in references(value)] if isinstance(node, list) else []


def test_each_endpoint_is_described_and_no_other(app: Starlette) -> None:
    served = {
        (route.path_format, method.lower())
        for route in app.routes
        if isinstance(route, Route) and not route.path_format.startswith(PAGES)
        for method in route.methods or (("POST",) if route.path_format == "/graphql" else ("GET",))
        if method != "HEAD"
    }
    described = {(path, method) for path, methods in PAGE["paths"].items() for method in methods}
    assert described == served


def test_every_reference_leads_somewhere_and_every_part_is_used() -> None:
    named = set(references(PAGE))
    for reference in named:
        assert resolved({"$ref": reference}), reference
    parts = {
        f"#/components/{kind}/{name}"
        for kind, found in PAGE["components"].items()
        if kind != "securitySchemes"
        for name in found
    }
    assert parts - named == set()


def test_every_operation_has_words_its_parameters_and_an_answer() -> None:
    for path, methods in PAGE["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"].endswith("."), (path, method)
            in_path = {
                resolved(one)["name"] for one in operation.get("parameters", ()) if resolved(one)["in"] == "path"
            }
            assert in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}, path
            assert operation["responses"], path
            for scheme in (name for entry in operation.get("security", ()) for name in entry):
                assert scheme in PAGE["components"]["securitySchemes"], path


def test_every_code_of_an_error_is_named() -> None:
    codes = PAGE["components"]["schemas"]["GraphQLError"]["properties"]["extensions"]["properties"]["code"]["enum"]
    assert sorted(codes) == sorted(code.value for code in Code)


def check(path: str, answer: httpx2.Response) -> None:
    """The answer has a status that the page names, and a body of the kind and form that belong to it."""
    operation = PAGE["paths"][path][answer.request.method.lower()]
    assert str(answer.status_code) in operation["responses"], (path, answer.status_code)
    content = resolved(operation["responses"][str(answer.status_code)]).get("content", {})
    kind = answer.headers.get("content-type", "").split(";")[0]
    assert kind in content or not answer.content, (path, kind)
    if kind.endswith("json"):
        # Loaded only here: with it come 38 grammars, which take a quarter of the time in which all tests are collected.
        from jsonschema import Draft202012Validator

        schema = {**resolved(content[kind]["schema"]), "components": PAGE["components"]}
        Draft202012Validator(schema).validate(json.loads(answer.content))


@pytest.mark.parametrize("accept", ["application/graphql-response+json", "application/json"])
async def test_graphql_answers_what_the_page_says(staff: Client, accept: str) -> None:
    bearer = {"Authorization": f"Bearer {staff.token}", "Accept": accept}
    for body, headers in (
        (b'{"query":"{ viewer { __typename } }"}', bearer),
        (b'{"query":"{ viewer { __typename } }"}', {}),
        (b'{"query":"{ nothing }"}', bearer),
        (b'{"query":"{ contacts { totalCount } }"}', {"Accept": accept}),
        (b'{"documentId":"none"}', bearer),
        (b'{"extensions":{"persistedQuery":{"sha256Hash":"00"}}}', bearer),
        (b"{", bearer),
        (b"{}", {"Authorization": "Bearer bad"}),
        (b"{}", bearer | {"Content-Type": "text/plain"}),
        (b"{}", bearer | {"Accept": "text/html"}),
    ):
        sent = {"Content-Type": "application/json"} | headers
        check("/graphql", await staff.http.post("/graphql", content=body, headers=sent))


async def test_the_other_endpoints_answer_what_the_page_says(staff: Client) -> None:
    bearer = {"Authorization": f"Bearer {staff.token}"}
    pdf = {"Content-Type": "application/pdf"}
    for headers, content in ((bearer | pdf, sound_pdf()), (pdf, b""), (bearer, b""), (bearer | pdf, b"no PDF")):
        check("/uploads", await staff.http.post("/uploads", content=content, headers=headers))
    rows = {"Content-Type": "text/csv"}
    for headers in (bearer | rows, rows, bearer):
        check("/imports", await staff.http.post("/imports", content=b"", headers=headers))
    for path, address in (
        ("/", "/"),
        ("/healthz", "/healthz"),
        ("/readyz", "/readyz"),
        ("/metrics", "/metrics"),
        ("/files/{token}", "/files/unknown"),
        ("/previews/{token}", "/previews/unknown"),
        ("/oauth/{slug}/start", "/oauth/willow-creek/start"),
        ("/oauth/{slug}/callback", "/oauth/willow-creek/callback"),
        ("/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server"),
    ):
        check(path, await staff.http.get(address))
    for form in ({}, {"grant_type": "client_credentials"}, {"grant_type": "password"}):
        check("/oauth/token", await staff.http.post("/oauth/token", data=form))
