"""`POST /imports`: the body is a CSV or FHIR file, and the answer what it says, as `syncRecords` takes it.

Nothing is stored or changed. The staff screen sends the records on, first as a dry run. The file is read by the same
reader as `vestibule import`.
"""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from api.requests.import_words import file_words, record_words
from api.requests.languages import language_for
from api.requests.sent_files import HEADERS, UploadRefusal, later, refusal_for, staff_who_may_send, unread
from api.requests.upload_words import UploadProblem
from api.server.graphql_http.body import read_body
from api.server.graphql_http.refusals import HttpRefusal
from clinic.records.external_ids import Identifier
from clinic.records.import_files.csv_columns import FIELDS, LEFT_OUT_COLUMN
from clinic.records.import_files.csv_values import DateOrder
from clinic.records.import_files.entries import CsvFile, Entry
from clinic.records.import_files.fhir_records import UnknownPlace
from clinic.records.import_files.problems import FileProblem, FileRefused
from clinic.records.import_files.upload import Asked, ImportReading, reading_for, require_import
from clinic.records.sync.records import LEFT_OUT, SyncAppointment, SyncContact, SyncRecord, SyncRelationship
from clinic.values.errors import NotPermitted, TooManyAttempts
from clinic.values.limits import MOST_IMPORT_BYTES
from clinic.values.ports import Services

# A file of this size is held in memory while it arrives, and its records while they are sent on.
IMPORTS_AT_ONCE = 2
# Seconds for 10 MB, as slow a line as `/uploads` allows.
BODY_TIME_LIMIT = 40.0

_TYPES = {"text/csv": False, "application/fhir+json": True, "application/fhir+ndjson": True}
_IN_MEMORY = 2_000_000
_CHUNK = 256_000
_KINDS = {SyncContact: "contact", SyncRelationship: "relationship", SyncAppointment: "appointment"}


class Imports:
    """The endpoint, and whose files this process has in hand."""

    def __init__(self, services: Services, *, body_time_limit: float = BODY_TIME_LIMIT) -> None:
        self._services = services
        self._body_time_limit = body_time_limit
        self._in_hand: set[UUID] = set()

    async def receive(self, request: Request) -> Response:
        """200 with one line for the file and one for each record, or an error with its code."""
        language = language_for(request.headers)
        try:
            caller = await staff_who_may_send(request, self._services, require_import, "imports")
        except UploadRefusal as refused:
            return refused.answer(language)
        who = caller.staff_member_id
        if who in self._in_hand or len(self._in_hand) >= IMPORTS_AT_ONCE:
            return later(UploadProblem.BUSY).answer(language)
        self._in_hand.add(who)
        try:
            asked = _asked(request)
            content = await read_body(request, MOST_IMPORT_BYTES, self._body_time_limit)
            reading = await reading_for(caller, asked, self._services)
            made = await asyncio.to_thread(_read, content, reading, fhir=asked.fhir, language=language)
        except UploadRefusal as refused:
            return refused.answer(language)
        except HttpRefusal as refusal:
            megabytes = MOST_IMPORT_BYTES // 1_000_000
            given_up = unread(refusal, "TOO_LARGE", UploadProblem.IMPORT_TOO_LARGE, megabytes=megabytes)
            return given_up.answer(language)
        except (NotPermitted, TooManyAttempts) as refused:
            return refusal_for(refused, caller, "imports").answer(language)
        except ClientDisconnect:
            return Response(status_code=400)
        finally:
            self._in_hand.discard(who)
        if isinstance(made, dict):
            return JSONResponse(made, 422, HEADERS)
        headers = {**HEADERS, "Content-Length": str(made.tell())}
        made.seek(0)
        closing = BackgroundTask(made.close)
        return StreamingResponse(_chunks(made), media_type="application/x-ndjson", headers=headers, background=closing)


def _asked(request: Request) -> Asked:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        raise UploadRefusal(415, "UNSUPPORTED_MEDIA_TYPE", UploadProblem.NO_IMPORT_TYPE, {"Connection": "close"})
    given = request.query_params
    known = {one for names in FIELDS.values() for one in names} | {LEFT_OUT_COLUMN}
    chosen = {}
    for choice in given.getlist("column"):
        header, _, name = choice.rpartition("=")
        if not header or name not in known:
            raise UploadRefusal(400, "BAD_COLUMN", UploadProblem.BAD_COLUMN, {"Connection": "close"})
        chosen[header] = name
    dates = given.get("dates", "")
    if dates and dates not in DateOrder.__members__:
        raise UploadRefusal(400, "BAD_DATES", UploadProblem.BAD_DATES, {"Connection": "close"})
    return Asked(_TYPES[kind], given.get("system") or None, DateOrder[dates] if dates else None, chosen)


def _read(
    content: bytes, reading: ImportReading, *, fhir: bool, language: str
) -> tempfile.SpooledTemporaryFile[bytes] | dict[str, Any]:
    """The answer's lines in a temporary file without a name; an error's body for a file that can't be read."""
    with tempfile.NamedTemporaryFile(prefix="vestibule-import-") as sent:
        sent.write(content)
        sent.flush()
        path = Path(sent.name)
        made = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed after the answer
        try:
            for line in _fhir(path, reading, language) if fhir else _csv(path, reading, language):
                made.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        except FileRefused as refused:
            made.close()
            error = {"code": refused.problem.value, "message": file_words(refused, language)}
            if refused.problem not in (FileProblem.COLUMN_MISSING, FileProblem.COLUMN_TWICE):
                return {"error": error}
            return {"error": error | {"field": refused.values["field"]}, "columns": _columns(path, reading)}
        except BaseException:
            made.close()
            raise
    return made


def _csv(path: Path, reading: ImportReading, language: str) -> Iterator[dict[str, Any]]:
    file = reading.csv(path)
    yield {"records": file.columns.kind.value, "encoding": file.form.encoding_name, "columns": _known(file)}
    for entry in reading.csv_entries(file):
        yield {**_line(entry, language), "cells": entry.cells}


def _fhir(path: Path, reading: ImportReading, language: str) -> Iterator[dict[str, Any]]:
    yield {"records": "fhir", "encoding": "UTF-8", "columns": []}
    for entry in reading.fhir_entries(path):
        yield _line(entry, language)


def _known(file: CsvFile) -> list[dict[str, str | None]]:
    at = {place: name for name, places in file.columns.places.items() for place in places}
    return [{"header": header, "field": at.get(place)} for place, header in enumerate(file.form.headers)]


def _columns(path: Path, reading: ImportReading) -> list[dict[str, str | None]]:
    return [{"header": header, "field": name} for header, name in reading.headers(path)]


def _line(entry: Entry, language: str) -> dict[str, Any]:
    """One record as `syncRecords` takes it, or why there is none."""
    if entry.record is not None:
        unknown = {"unknown": [_unknown(each) for each in entry.unknown]} if entry.unknown else {}
        return {"line": entry.line, _KINDS[type(entry.record)]: _input(entry.record), **unknown}
    if entry.problem is None:
        raise ValueError("an entry has a record or a problem")
    words = record_words(entry.problem, language)
    problem = {"field": entry.problem.field, "code": entry.problem.problem.value, "message": words}
    return {"line": entry.line, "problem": problem, "skipped": entry.skipped}


def _unknown(place: UnknownPlace) -> dict[str, str]:
    return {"kind": place.kind, "system": place.number.system, "value": place.number.value}


def _input(record: SyncRecord) -> dict[str, Any]:
    given = ((each.name, getattr(record, each.name)) for each in fields(record))
    return {_camel(name): _value(value) for name, value in given if value is not LEFT_OUT}


def _value(value: object) -> object:
    match value:
        case Identifier():
            return {"system": value.system, "value": value.value}
        case Enum():
            return value.name
        case date() | datetime():
            return value.isoformat()
    return value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, _CHUNK):
        yield chunk
