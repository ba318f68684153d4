"""One line per request, with an id that answer and audit bear too; never a secret, a name or an address in it."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from runtime.logging import configure_logging
from runtime.settings import Environment
from tests.api.client import SESSION, Client
from tests.api.records import registered
from tests.factories import PASSWORD, Mailbox, Practice
from tests.factories.contents import rows_of


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What production writes."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logging(Environment.PRODUCTION, stream)
    # The tests' own client writes down the addresses it asks.
    logging.getLogger("httpx2").disabled = True
    yield stream
    logging.getLogger("httpx2").disabled = False
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


async def test_each_request_has_one_line_with_the_id_its_answer_bears(staff: Client, log: io.StringIO) -> None:
    asked = [
        await staff.post("{ organization { id } }"),
        await staff.post("{ nothing }"),
        await staff.holding("made-up").post("{ organization { id } }"),
        await staff.http.get("/graphql"),
        await staff.http.get("/healthz"),
        await staff.http.get("/files/made-up"),
        await staff.http.get("/no/such/page"),
    ]
    written = [line for line in lines(log) if line["event"] == "request"]
    assert [line["request_id"] for line in written] == [answer.headers["x-request-id"] for answer in asked]
    assert len({line["request_id"] for line in written}) == len(asked)
    assert [(line["event"], line["method"], line["route"], line["status"]) for line in written] == [
        ("request", "POST", "/graphql", 200),
        ("request", "POST", "/graphql", 200),
        ("request", "POST", "/graphql", 401),
        ("request", "GET", "/graphql", 405),
        ("request", "GET", "/healthz", 200),
        ("request", "GET", "/files/{token}", 404),
        ("request", "GET", "unknown", 404),
    ]
    assert all(line["milliseconds"] >= 0 for line in written)


async def test_nobody_chooses_their_own_id(staff: Client, log: io.StringIO) -> None:
    answer = await staff.http.get("/healthz", headers={"X-Request-Id": "chosen"})
    assert answer.headers["x-request-id"] != "chosen"
    assert "chosen" not in log.getvalue()


async def test_audit_tells_which_request_it_was(staff: Client) -> None:
    text = "mutation Do($input: CreateContactInput!) { createContact(input: $input) { __typename } }"
    answer = await staff.post(text, {"input": {"givenName": "Ana", "familyName": "Santos"}})
    [event] = [row for row in await rows_of("audit_event") if row["action"] == "contact.created"]
    assert event["request_id"] == answer.headers["x-request-id"]


async def test_log_holds_nothing_that_was_said(
    practice: Practice, staff: Client, stranger: Client, mailbox: Mailbox, log: io.StringIO
) -> None:
    account, _ = await registered(practice, mailbox)
    person = {"givenName": "Ana", "familyName": "Santos", "emails": ["ana.santos@example.com"]}
    made = await staff.mutate("createContact", person, "contact { id portalPin }")
    printed = await staff.mutate("printPortalInstructions", {"contactId": made["contact"]["id"]}, "url")
    await staff.http.get(printed["url"])
    credentials = {"organization": practice.organization.slug, "email": account.email, "password": PASSWORD}
    session = await stranger.mutate("signInPatient", credentials, SESSION)
    await stranger.mutate("signInPatient", {**credentials, "password": "a wrong password"})
    await stranger.mutate("refreshSession", {"refreshToken": session["refreshToken"]})
    await staff.answer('{ contacts(search: "secret search") { unknownField } }')
    await staff.answer("query Q($id: ID!) { contact(id: $id) { id } }", id=made["contact"]["id"])
    said = log.getvalue()
    for secret in (
        *(session["accessToken"], session["refreshToken"], staff.token or "?", printed["url"].rpartition("/")[2]),
        *(made["contact"]["id"], made["contact"]["portalPin"], PASSWORD, "a wrong password"),
        *("Ana", "Santos", "ana.santos", account.email, "secret search", "unknownField", "contacts", "Bearer"),
    ):
        assert secret not in said


async def test_a_defect_is_logged_by_its_id_and_place_only(
    practice: Practice, staff: Client, mailbox: Mailbox, log: io.StringIO
) -> None:
    """A PIN that no key of ours can read any more: nobody foresees that, and it must not cost the calendar."""
    contact = await practice.contact()
    contact.pin_encrypted = "unreadable secret"
    await contact.save()
    answer = await staff.answer("{ contacts { nodes { displayName mine: portalPin } } }")
    [error] = answer["errors"]
    assert answer["data"] == {"contacts": {"nodes": [{"displayName": "Omar Reyes", "mine": None}]}}
    assert error["extensions"]["code"] == "INTERNAL"
    [defect, request] = lines(log)
    assert (defect["event"], defect["correlation_id"]) == ("graphql.unexpected", error["extensions"]["correlationId"])
    assert defect["field"] == "portalPin"
    assert defect["request_id"] == request["request_id"]
    assert "unreadable secret" not in json.dumps([answer, defect, request])
