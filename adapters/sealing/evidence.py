"""Whether the evidence in a file holds together: each signature's hash is its own, and all are of this one document.

It reads the JSON, not today's classes: a file sealed years ago stays authentic when evidence says more than it did.
"""

import hashlib
import json
from typing import Any

# What tells documents apart.
_SAME = ("organization_id", "document_id", "document_sha256", "page_count")


def require_consistent(text: str, pages: int | None = None) -> None:
    """Raises ValueError otherwise. `pages` of the sealed file are the document's own and one more at least."""
    try:
        entries = json.loads(text)["signatures"]
        documents = {tuple(entry["evidence"][key] for key in _SAME) for entry in entries}
        hashes = [(entry["sha256"], _hash(entry["evidence"])) for entry in entries]
        [(*_, own_pages)] = documents
    except (TypeError, KeyError, AttributeError) as problem:
        raise ValueError("not evidence of ours") from problem
    if any(written != found for written, found in hashes):
        raise ValueError("the evidence is not what was signed")
    if pages is not None and pages <= own_pages:
        raise ValueError("pages are missing")


def _hash(evidence: dict[str, Any]) -> str:
    """Of the one way evidence is written (`clinic.documents.evidence.as_json`)."""
    written = json.dumps(evidence, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()
