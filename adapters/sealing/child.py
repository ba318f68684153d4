"""What runs in the throw-away process: joining, sealing, timestamping, checking. It answers `ok`, or `no` and why.

Joining meets a stranger's file and has no key; sealing has the key and meets what joining wrote.
"""

import json
from dataclasses import asdict
from datetime import datetime

from adapters.sealing.trust import Known
from adapters.subprocess_child import answer_with
from adapters.subprocess_pool import unframed


def main() -> None:
    """Do the task named in the arguments and exit."""
    answer_with(_answer)


def _answer(content: bytes, task: list[str]) -> tuple[str, bytes]:
    return {"join": _join, "seal": _seal, "timestamp": _timestamp, "verify": _verify}[task[0]](unframed(content))


def _join(parts: list[bytes]) -> tuple[str, bytes]:
    from adapters.sealing.evidence import require_consistent
    from adapters.sealing.page_merge import JoiningFailed, joined

    original, certificate, evidence = parts
    try:
        require_consistent(evidence.decode())
        return "ok", joined(original, certificate, evidence)
    except ValueError as problem:
        return "no", f"the evidence does not hold together ({problem})".encode()
    except JoiningFailed as problem:
        return "no", f"the document's pages can't be put together ({problem})".encode()


def _seal(parts: list[bytes]) -> tuple[str, bytes]:
    from adapters.sealing.key import key_from
    from adapters.sealing.signing import sealed

    content, moment, private, *certificates = parts
    key = key_from(private, certificates)
    made = sealed(content, key, datetime.fromisoformat(moment.decode()))
    return _only_authentic(made, Known((certificates[0],), ()))


def _timestamp(parts: list[bytes]) -> tuple[str, bytes]:
    from adapters.sealing.cms import Malformed
    from adapters.sealing.signature_field import NoSeal
    from adapters.sealing.timestamps import NoTimestamp, timestamped

    content, url, known = parts
    trusted = Known.from_bytes(known)
    try:
        made = timestamped(content, url.decode(), trusted.timestamps)
    except NoTimestamp as problem:
        return "no", str(problem).encode()
    except (NoSeal, Malformed):
        return "no", b"the file bears no seal of ours"
    return _only_authentic(made, trusted)


def _only_authentic(made: bytes, known: Known) -> tuple[str, bytes]:
    """What leaves here is what `vestibule verify` will call authentic, or nothing leaves."""
    from adapters.sealing.verifying import verdict_on
    from clinic.values.seal_report import Verdict

    if verdict_on(made, known).verdict is not Verdict.AUTHENTIC:
        return "no", b"what was made does not pass its own check"
    return "ok", made


def _verify(parts: list[bytes]) -> tuple[str, bytes]:
    from adapters.sealing.verifying import verdict_on

    content, known = parts
    report = asdict(verdict_on(content, Known.from_bytes(known)))
    moment = report.pop("sealed_at")
    return "ok", json.dumps({**report, "sealed_at": moment.isoformat() if moment else None}).encode()
