"""Reads FHIR resources one by one, from a Bundle, a single resource or NDJSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clinic.records.import_files.problems import FileProblem, FileRefused

# A Bundle is read whole. What is larger comes as NDJSON, which is read line by line.
MOST_BUNDLE_BYTES = 100_000_000


@dataclass(frozen=True)
class Resource:
    """A resource, its place in the file (a line of NDJSON or an entry of a Bundle), and its address in a Bundle."""

    place: int
    body: dict[str, Any]
    full_url: str = ""

    @property
    def kind(self) -> str:
        return str(self.body.get("resourceType", ""))


def resources_of(path: Path) -> Iterator[Resource]:
    """The resources of a file. Raises `FileRefused` for a file that is neither JSON nor NDJSON."""
    with path.open("rb") as file:
        first = file.readline()
        rest = file.read(1)
    if rest and _parsed(first) is not None:
        yield from _lines(path)
        return
    if path.stat().st_size > MOST_BUNDLE_BYTES:
        raise FileRefused(FileProblem.BUNDLE_TOO_LARGE)
    body = _parsed(path.read_bytes())
    if body is None:
        raise FileRefused(FileProblem.NO_FHIR)
    yield from _contents(body)


def _lines(path: Path) -> Iterator[Resource]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            body = _parsed(line)
            if body is None:
                raise FileRefused(FileProblem.NO_RESOURCE, line=number)
            yield Resource(number, body)


def _contents(body: dict[str, Any]) -> Iterator[Resource]:
    if body.get("resourceType") != "Bundle":
        yield Resource(1, body)
        return
    entries = body.get("entry")
    for number, entry in enumerate(entries if isinstance(entries, list) else [], start=1):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            yield Resource(number, resource, str(entry.get("fullUrl") or ""))


def _parsed(text: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None
