"""Manifests of trusted documents, as the compilers of Relay and Apollo write them: one file for each client."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ONLY = re.compile(r"(?:^|[\s,]+)only$")
_APOLLO = "apollo-persisted-query-manifest"
_LONGEST_ID = 200


class ManifestInvalid(ValueError):
    """A manifest can't be read; the message names the file."""


@dataclass(frozen=True)
class Trusted:
    """What `VESTIBULE_TRUSTED_DOCUMENTS` says: the documents by id, and whether production answers nothing else."""

    by_id: dict[str, str]
    only: bool


def read_trusted(setting: str) -> Trusted:
    """The documents of a folder, with `only` behind it or alone. Raises `ManifestInvalid`."""
    folder = _ONLY.sub("", setting.strip())
    only = folder != setting.strip()
    return Trusted(_documents_in(Path(folder)) if folder else {}, only)


def _documents_in(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise ManifestInvalid("must be a folder of manifests, with `only` behind it if nothing else is to be answered")
    found: dict[str, str] = {}
    sources: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        for document_id, text in _documents_of(path).items():
            # Two versions of an app may share a document; one id for two texts is a mistake in a build.
            if found.setdefault(document_id, text) != text:
                raise ManifestInvalid(
                    f"has another document under the id {document_id} in {path.name} than in {sources[document_id]}"
                )
            sources.setdefault(document_id, path.name)
    return found


def _documents_of(path: Path) -> dict[str, str]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ManifestInvalid(f"has {path.name}, which can't be read: {problem.strerror}") from None
    except (ValueError, RecursionError):
        raise ManifestInvalid(f"has {path.name}, which is no JSON") from None
    if isinstance(manifest, dict) and manifest.get("format") == _APOLLO:
        documents: list[tuple[Any, Any]] = _of_apollo(manifest, path)
    elif isinstance(manifest, dict):
        documents = list(manifest.items())
    else:
        raise _unknown_form(path)
    for document_id, text in documents:
        if not (isinstance(document_id, str) and isinstance(text, str) and text.strip()):
            raise _unknown_form(path)
        if not 0 < len(document_id) <= _LONGEST_ID:
            raise ManifestInvalid(f"has {path.name} with an id that is empty or longer than {_LONGEST_ID} characters")
    if len(dict(documents)) != len(documents):
        raise ManifestInvalid(f"has {path.name}, which names an id twice")
    return dict(documents)


def _of_apollo(manifest: dict[str, Any], path: Path) -> list[tuple[Any, Any]]:
    operations = manifest.get("operations")
    if manifest.get("version") != 1 or not isinstance(operations, list):
        raise _unknown_form(path)
    if not all(isinstance(operation, dict) for operation in operations):
        raise _unknown_form(path)
    return [(operation.get("id"), operation.get("body")) for operation in operations]


def _unknown_form(path: Path) -> ManifestInvalid:
    return ManifestInvalid(f'has {path.name}, which is neither {{"id": "text"}} nor a manifest of Apollo, version 1')
