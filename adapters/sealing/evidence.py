"""Whether the evidence in a file is consistent: each hash matches its signature, and all refer to one document.

It reads the JSON instead of the current evidence classes, so that a file stays authentic after evidence gains fields.
"""

import hashlib
import json
from typing import Any

# Together these identify a document.
_DOCUMENT_KEYS = ("organization_id", "document_id", "document_sha256", "page_count")


def require_consistent(text: str, pages: int | None = None) -> None:
    """Raises ValueError if it is not. `pages` is the page count of the sealed file, including the certificate."""
    try:
        entries = json.loads(text)["signatures"]
        documents = {tuple(entry["evidence"][key] for key in _DOCUMENT_KEYS) for entry in entries}
        hashes = [(entry["sha256"], _hash(entry["evidence"])) for entry in entries]
        [(*_, own_pages)] = documents
    except (TypeError, KeyError, AttributeError) as problem:
        raise ValueError("not evidence of ours") from problem
    if any(written != found for written, found in hashes):
        raise ValueError("the evidence is not what was signed")
    if pages is not None and pages <= own_pages:
        raise ValueError("pages are missing")


def _hash(evidence: dict[str, Any]) -> str:
    """The hash of the same serialization that `clinic.documents.evidence.as_json` uses."""
    written = json.dumps(evidence, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()
