"""What proves an act of signing, as canonical JSON: hashed into the audit chain, attached to the sealed file.

Product §4 and 21 CFR 11.50, 11.70, 11.200: who signed as what, which exact bytes, when, how they were known, and the
words they agreed to. The JSON is meant to be read by people and programs who never heard of us.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

FORMAT = 1


@dataclass(frozen=True)
class Consent:
    """The agreement to sign electronically, as it was shown."""

    version: str
    language: str
    text: str
    given_at: str


@dataclass(frozen=True)
class Evidence:
    """One signature. Times are RFC 3339 in UTC, `signed_at_local` in the practice's zone; ids are UUIDs.

    `relationship` is what the signer is to the client ("mother"), empty where the client signs. `authentication` says
    what was asked for at this signature.
    """

    format: int
    organization_id: str
    organization: str
    document_id: str
    document_title: str
    document_sha256: str
    page_count: int
    client_id: str
    client: str
    signer_id: str
    signer: str
    relationship: str
    typed_name: str
    account_id: str
    account_email: str
    authentication: str
    signed_in_at: str
    signed_at: str
    signed_at_local: str
    time_zone: str
    language: str
    address: str
    agent: str
    consent: Consent


def as_json(evidence: Evidence) -> str:
    """The one way this evidence is written: sorted keys, no spaces, UTF-8."""
    return json.dumps(asdict(evidence), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def evidence_hash(content: str) -> str:
    """What the audit chain repeats of it."""
    return hashlib.sha256(content.encode()).hexdigest()


def from_json(content: str) -> Evidence:
    """The evidence back. Raises ValueError for what `as_json` did not write."""
    try:
        read = json.loads(content)
        return Evidence(**{**read, "consent": Consent(**read["consent"])})
    except (TypeError, KeyError) as problem:
        raise ValueError("not evidence of ours") from problem


def attachment(contents: Sequence[str]) -> bytes:
    """What is attached to the sealed file: each signature's evidence, in order, with its hash."""
    signatures = [{"evidence": json.loads(content), "sha256": evidence_hash(content)} for content in contents]
    return json.dumps({"format": FORMAT, "signatures": signatures}, ensure_ascii=False, indent=1).encode()


def attached(text: str) -> tuple[Evidence, ...]:
    """The evidence of each signature in an attachment, in order. Raises ValueError for anything else."""
    try:
        read = json.loads(text)
        found = [json.dumps(entry["evidence"]) for entry in read["signatures"]]
    except (TypeError, KeyError) as problem:
        raise ValueError("not evidence of ours") from problem
    return tuple(from_json(content) for content in found)
