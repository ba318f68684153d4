"""`POST /imports`: a file is read as the command reads it, and what comes out is what `syncRecords` takes."""

import json
from typing import Any

import httpx2
import pytest

from api.requests.import_words import FILE_WORDS, RECORD_WORDS
from clinic.records.import_files.problems import FileProblem, RecordProblem
from clinic.records.models import Contact
from clinic.throttling.throttle import UPLOADS_PER_STAFF, count_attempt
from clinic.values.callers import Permission
from clinic.values.limits import MOST_IMPORT_BYTES
from clinic.values.ports import Services
from tests.api.client import Client
from tests.factories import Practice
from tests.factories.contents import nothing_changes

CSV, FHIR = {"Content-Type": "text/csv"}, {"Content-Type": "application/fhir+json"}
PEOPLE = (
    "Patient ID;Nombre;Apellidos;DOB;Correo;Notas\n7;Zoë;Núñez;4/5/1980;zoe@example.com;-\n8;Leo;Roe;31/31/1980;;-\n"
)
OUTCOMES = "results { outcome externalId { value } problem { message ... on InvalidInput { fields { path } } } }"


@pytest.fixture
async def desk(practice: Practice, stranger: Client) -> Client:
    """A staff member who may do just what importing needs."""
    _, session = await practice.signed_in(Permission.MANAGE_CONTACTS)
    return stranger.holding(session.access_token)


async def send(client: Client, body: bytes | str, headers: dict[str, str] = CSV, **asked: Any) -> httpx2.Response:
    bearer = {"Authorization": f"Bearer {client.token}"} if client.token else {}
    content = body if isinstance(body, bytes) else body.encode()
    return await client.http.post("/imports", content=content, params=asked, headers={**headers, **bearer})


def lines_of(answer: httpx2.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return [json.loads(line) for line in answer.text.split("\n") if line]


async def test_rows_come_back_as_syncrecords_takes_them_and_nothing_changes(desk: Client) -> None:
    async with nothing_changes():
        file, zoe, leo = lines_of(await send(desk, PEOPLE.encode("cp1252"), dates="DMY", column="Notas=left_out"))
    assert (file["records"], file["encoding"]) == ("contacts", "Windows-1252")
    assert file["columns"][3:] == [
        {"header": "DOB", "field": "date_of_birth"},
        {"header": "Correo", "field": "email"},
        {"header": "Notas", "field": None},
    ]
    assert zoe == {
        "line": 2,
        "contact": {
            "externalId": {"system": "urn:vestibule:import", "value": "7"},
            "givenName": "Zoë",
            "familyName": "Núñez",
            "dateOfBirth": "1980-05-04",
            "emails": ["zoe@example.com"],
            "archived": None,
        },
        "cells": ["7", "Zoë", "Núñez", "4/5/1980", "zoe@example.com", "-"],
    }
    assert (leo["line"], leo["problem"]["field"], leo["problem"]["code"]) == (3, "date_of_birth", "NO_SUCH_DAY")
    foreseen = await desk.mutate("syncRecords", {"contacts": [zoe["contact"]], "dryRun": True}, OUTCOMES)
    assert [each["outcome"] for each in foreseen["results"]] == ["CREATED"]
    for outcome in ("CREATED", "UNCHANGED"):
        done = await desk.mutate("syncRecords", {"contacts": [zoe["contact"]]}, OUTCOMES)
        assert [each["outcome"] for each in done["results"]] == [outcome]
    assert await Contact.filter(given_name="Zoë", family_name="Núñez").count() == 1


async def test_fhir_files_make_what_the_command_makes(desk: Client) -> None:
    patient = {"resourceType": "Patient", "id": "p", "name": [{"family": "Gray", "given": ["Nora"]}]}
    kin = {"resourceType": "RelatedPerson", "id": "r", "patient": {"reference": "Patient/p"}, "name": [{"text": "Ida"}]}
    visit = {
        "resourceType": "Appointment",
        "id": "v",
        "status": "booked",
        "start": "2026-03-02T15:00:00Z",
        "end": "2026-03-02T16:00:00Z",
        "participant": [{"actor": {"reference": each}} for each in ("Patient/p", "Practitioner/d")],
    }
    merged = {**patient, "id": "m", "link": [{"type": "replaced-by", "other": {"reference": "Patient/p"}}]}
    waits = {**visit, "id": "w", "status": "waitlist"}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": each} for each in (waits, visit, kin, merged, patient)]}
    ndjson = "\n".join(json.dumps(each) for each in (waits, visit, kin, merged, patient))
    for body, kind in ((json.dumps(bundle), "application/fhir+json"), (ndjson, "application/fhir+ndjson")):
        file, *found = lines_of(await send(desk, body, {"Content-Type": kind}, system="urn:mrn"))
        assert file["records"] == "fhir"
        assert [(each["line"], *(each.keys() - {"line", "skipped", "unknown"})) for each in found] == [
            (4, "problem"),
            (5, "contact"),
            (3, "contact"),
            (3, "relationship"),
            (1, "problem"),
            (2, "appointment"),
        ]
        assert [each["problem"]["code"] for each in found if "problem" in each] == ["MERGED", "NOT_YET"]
        assert [each["unknown"] for each in found if "unknown" in each] == [
            [{"kind": "Practitioner", "system": "urn:mrn/Practitioner", "value": "d"}]
        ]
        given = {name + "s": [each[name] for each in found if name in each] for name in ("contact", "relationship")}
        given["appointments"] = [each["appointment"] for each in found if "appointment" in each]
        done = await desk.mutate("syncRecords", {**given, "dryRun": True}, OUTCOMES)
        assert [each["outcome"] for each in done["results"]] == ["CREATED"] * 4


async def test_missing_or_doubled_column_is_said_with_the_columns_to_choose_from(desk: Client) -> None:
    answer = await send(desk.reading("es"), "Ficha,Nombre\n7,Zoë\n", {**CSV, "Accept-Language": "es"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "COLUMN_MISSING")
    assert answer.json()["error"] == {
        "code": "COLUMN_MISSING",
        "message": "Falta una columna necesaria. Elija cuál es.",
        "field": "id",
    }
    assert answer.json()["columns"] == [{"header": "Ficha", "field": None}, {"header": "Nombre", "field": "given_name"}]
    chosen = lines_of(await send(desk, "Ficha,Nombre\n7,Zoë\n", column="Ficha=id"))
    assert chosen[1]["contact"]["externalId"]["value"] == "7"
    twice = await send(desk, "id,first name,given name\n7,a,b\n")
    assert (twice.status_code, twice.json()["error"]["code"]) == (422, "COLUMN_TWICE")
    assert len(lines_of(await send(desk, "id,first name,given name\n7,a,b\n", column="given name=left_out"))) == 2


@pytest.mark.parametrize(
    ("body", "headers", "asked", "refused"),
    [
        (b"", CSV, {}, (422, "EMPTY")),
        (b"a\0b\0", CSV, {}, (422, "NOT_TEXT")),
        (b"<Patient/>", FHIR, {}, (422, "NO_FHIR")),
        (b"[" * 100_000, FHIR, {}, (422, "NO_FHIR")),
        (b"{}\n[]\n", FHIR, {}, (422, "NO_RESOURCE")),
        (b'id,name\n1,"' + b"x" * 200_000, CSV, {}, (422, "NO_CSV")),
        (b"x" * (MOST_IMPORT_BYTES + 1), CSV, {}, (413, "TOO_LARGE")),
        (b"id\n1\n", {"Content-Type": "text/plain"}, {}, (415, "UNSUPPORTED_MEDIA_TYPE")),
        (b"id\n1\n", CSV, {"dates": "DYM"}, (400, "BAD_DATES")),
        (b"id\n1\n", CSV, {"column": "id=nothing"}, (400, "BAD_COLUMN")),
    ],
)
async def test_file_that_cannot_be_read_is_refused_in_words(
    desk: Client, body: bytes, headers: dict[str, str], asked: dict[str, str], refused: tuple[int, str]
) -> None:
    async with nothing_changes():
        answer = await send(desk, body, headers, **asked)
    assert (answer.status_code, answer.json()["error"]["code"]) == refused
    assert answer.json()["error"]["message"]


async def test_only_staff_who_may_sync_import_and_not_without_end(
    practice: Practice, stranger: Client, desk: Client, services: Services
) -> None:
    _, session = await practice.signed_in(*(set(Permission) - {Permission.MANAGE_CONTACTS}))
    lacking = await send(stranger.holding(session.access_token), PEOPLE)
    assert (lacking.status_code, lacking.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert "MANAGE_CONTACTS" in lacking.json()["error"]["message"]
    nobody = await send(stranger, PEOPLE)
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")
    caller, session = await practice.signed_in(Permission.MANAGE_CONTACTS)
    for _ in range(UPLOADS_PER_STAFF.limit):
        await count_attempt(UPLOADS_PER_STAFF, str(caller.staff_member_id), services.clock)
    often = await send(stranger.holding(session.access_token), PEOPLE)
    assert (often.status_code, often.json()["error"]["code"]) == (429, "RATE_LIMITED")
    assert int(often.headers["retry-after"]) > 0
    assert lines_of(await send(desk, PEOPLE))


def test_each_problem_has_words_in_each_language() -> None:
    for language in ("en", "es"):
        assert set(FILE_WORDS[language]) == set(FileProblem)
        assert set(RECORD_WORDS[language]) == set(RecordProblem)
