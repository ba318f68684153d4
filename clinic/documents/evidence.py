"""The evidence of a signature as canonical JSON. Its hash is in the audit chain; the sealed file has it attached.

Product §4 and 21 CFR 11.50, 11.70, 11.200: who signed and in which role, which exact bytes, when, how the signer was
authenticated, and the text of their consent. Other people and programs must be able to read the JSON without us.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

FORMAT = 1


@dataclass(frozen=True)
class Consent:
    """The consent to sign electronically, as it was shown."""

    version: str
    language: str
    text: str
    given_at: str


@dataclass(frozen=True)
class Evidence:
    """One signature. Times are RFC 3339 in UTC, `signed_at_local` in the practice's zone; ids are UUIDs.

    `relationship` is the signer's relationship to the client ("mother"), empty if the client signs. `authentication`
    says how the signer was authenticated for this signature.
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
    """The canonical JSON of the evidence: sorted keys, no spaces, no ASCII escapes."""
    return json.dumps(asdict(evidence), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def evidence_hash(content: str) -> str:
    """The SHA-256 of the evidence's JSON, which the audit chain contains."""
    return hashlib.sha256(content.encode()).hexdigest()


def from_json(content: str) -> Evidence:
    """The evidence from its JSON. Raises ValueError if `as_json` did not write it."""
    try:
        read = json.loads(content)
        return Evidence(**{**read, "consent": Consent(**read["consent"])})
    except (TypeError, KeyError) as problem:
        raise ValueError("not evidence of ours") from problem


def attachment(contents: Sequence[str]) -> bytes:
    """The attachment of the sealed file: the evidence of each signature, in order, with its hash."""
    signatures = [{"evidence": json.loads(content), "sha256": evidence_hash(content)} for content in contents]
    return json.dumps({"format": FORMAT, "signatures": signatures}, ensure_ascii=False, indent=1).encode()


def attached(text: str) -> tuple[Evidence, ...]:
    """The evidence of each signature in an attachment, in order. Raises ValueError if it is no attachment of ours."""
    try:
        read = json.loads(text)
        found = [json.dumps(entry["evidence"]) for entry in read["signatures"]]
    except (TypeError, KeyError) as problem:
        raise ValueError("not evidence of ours") from problem
    return tuple(from_json(content) for content in found)
