"""The tasks of the single-use process: prepare, timestamp, verify. It answers `ok`, or `no` with the reason.

None of them has the signing key. What a task makes is signed by `sign_prepared` in the server, which reads no PDF.
"""

import json
import sys
from dataclasses import asdict
from datetime import datetime

from adapters.framing import unframe_parts
from adapters.sealing.trust import TrustStore
from adapters.subprocess_child import run_task

LOADED_BEFORE = (
    "adapters.sealing.evidence",
    "adapters.sealing.page_merge",
    "adapters.sealing.second_opinion",
    "adapters.sealing.other_seals",
    "adapters.sealing.signing",
    "adapters.sealing.verifying",
)


def main() -> None:
    """Run the task named in the arguments and exit."""
    run_task(answer, network=sys.argv[3:4] == ["timestamp"])


def answer(content: bytes, task: list[str]) -> tuple[str, bytes]:
    return _TASKS[task[0]](unframe_parts(content))


def _prepare(parts: list[bytes]) -> tuple[str, bytes]:
    """The document with its certificate's pages and the field for the seal."""
    from adapters.sealing.evidence import require_consistent
    from adapters.sealing.page_merge import MergeFailed, merge_pages
    from adapters.sealing.signing import prepare

    original, certificate, evidence, moment, *certificates = parts
    try:
        require_consistent(evidence.decode())
        joined = merge_pages(original, certificate, evidence)
    except ValueError as problem:
        return "no", f"the evidence does not hold together ({problem})".encode()
    except MergeFailed as problem:
        return "no", f"the document's pages can't be put together ({problem})".encode()
    return "ok", prepare(joined, certificates, datetime.fromisoformat(moment.decode()))


def _timestamp(parts: list[bytes]) -> tuple[str, bytes]:
    from adapters.sealing.cms import Malformed
    from adapters.sealing.signature_field import NoSeal
    from adapters.sealing.timestamps import TimestampFailed, add_timestamp

    content, url, trust_store = parts
    trusted = TrustStore.from_bytes(trust_store)
    try:
        made = add_timestamp(content, url.decode(), trusted.timestamps)
    except TimestampFailed as problem:
        return "no", str(problem).encode()
    except (NoSeal, Malformed):
        return "no", b"the file bears no seal of ours"
    return _if_authentic(made, trusted)


def _if_authentic(made: bytes, trust_store: TrustStore) -> tuple[str, bytes]:
    """Answers with the file only if `vestibule verify` would report it as authentic."""
    from adapters.sealing.verifying import verify_bytes
    from clinic.values.seal_report import Verdict

    if verify_bytes(made, trust_store).verdict is not Verdict.AUTHENTIC:
        return "no", b"what was made does not pass its own check"
    return "ok", made


def _verify(parts: list[bytes]) -> tuple[str, bytes]:
    from adapters.sealing.verifying import verify_bytes

    content, trust_store = parts
    report = asdict(verify_bytes(content, TrustStore.from_bytes(trust_store)))
    moment = report.pop("sealed_at")
    return "ok", json.dumps({**report, "sealed_at": moment.isoformat() if moment else None}).encode()


_TASKS = {"prepare": _prepare, "timestamp": _timestamp, "verify": _verify}
