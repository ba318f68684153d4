"""The port `Sealer`: each seal, timestamp and check in processes of its own, which are thrown away after it."""

import asyncio
import json
import logging
from datetime import UTC, datetime

from adapters.sealing.key import SigningKey, SigningKeyFile
from adapters.sealing.trust import Known
from adapters.subprocess_pool import ProcessFailed, SubprocessPool, framed
from clinic.values.ports import Clock, Sealed, SealKey, SealUnavailable, SystemClock, TimestampUnavailable
from clinic.values.seal_report import SealReport, Verdict

log = logging.getLogger(__name__)

# Five hundred scanned pages take three seconds on an idle machine; on a busy one the sealer gives way to everybody.
SEAL_SECONDS = 60.0
# With the authority's own answer in it.
TIMESTAMP_SECONDS = 30.0
VERIFY_SECONDS = 30.0
# Side by side, for each process of ours. A seal can wait; whoever checks a file waits for the answer.
SEALS_AT_ONCE = 1
CHECKS_AT_ONCE = 2
# An original of 25 MB, its certificate and its seal.
LONGEST_ANSWER = 64_000_000

_CHILD = "adapters.sealing.child"


class PyhankoSealer:
    """Seals with the key in a file; takes the seals of that key and of the authorities known beside it."""

    def __init__(
        self,
        key: SigningKeyFile,
        known: Known | None = None,
        *,
        timestamp_url: str | None = None,
        clock: Clock | None = None,
        seal_seconds: float = SEAL_SECONDS,
        verify_seconds: float = VERIFY_SECONDS,
    ) -> None:
        self._key = key
        self._known = known or Known()
        self._timestamp_url = timestamp_url
        self._clock = clock or SystemClock()
        self._seal_seconds = seal_seconds
        self._verify_seconds = verify_seconds
        self._sealing = SubprocessPool(_CHILD, at_once=SEALS_AT_ONCE, longest_answer=LONGEST_ANSWER)
        self._checking = SubprocessPool(_CHILD, at_once=CHECKS_AT_ONCE, longest_answer=LONGEST_ANSWER)

    async def seal(self, original: bytes, certificate: bytes, evidence: bytes) -> Sealed:
        """The sealed file, which has passed its own check, with a timestamp if an authority is set and answers."""
        now = self._clock.now()
        key = await self._usable_key(now)
        joined = await self._work("join", original, certificate, evidence)
        content = await self._work(
            "seal", joined, now.astimezone(UTC).isoformat().encode(), key.private_bytes, *key.certificates
        )
        if self._timestamp_url is None:
            return Sealed(content, False)
        try:
            return Sealed(await self.timestamp(content), True)
        except TimestampUnavailable as problem:
            log.warning("sealed without a timestamp", extra={"reason": str(problem)})
            return Sealed(content, False)

    async def timestamp(self, content: bytes) -> bytes:
        """The file with a timestamp in its seal. One that is there already is kept."""
        if self._timestamp_url is None:
            raise TimestampUnavailable("no timestamp authority is set: VESTIBULE_TIMESTAMP_URL")
        question = framed([content, self._timestamp_url.encode(), (await self._all_known()).as_bytes()])
        try:
            word, answer = await self._sealing.ask(question, TIMESTAMP_SECONDS, "timestamp")
        except ProcessFailed as failed:
            raise TimestampUnavailable(f"the work failed: {failed.reason}") from None
        if word != "ok":
            raise TimestampUnavailable(f"the timestamp authority is of no use: {answer.decode(errors='replace')}")
        return answer

    async def verify(self, content: bytes) -> SealReport:
        """The report; bytes that crash or stop the check are recognised by nobody."""
        question = framed([content, (await self._all_known()).as_bytes()])
        try:
            word, answer = await self._checking.ask(question, self._verify_seconds, "verify")
        except ProcessFailed as failed:
            log.warning("checking a file failed", extra={"reason": failed.reason, "bytes": len(content)})
            return SealReport(Verdict.UNRECOGNISED)
        if word != "ok":
            log.warning("checking a file failed", extra={"reason": "it answered something else"})
            return SealReport(Verdict.UNRECOGNISED)
        read = json.loads(answer)
        sealed_at = datetime.fromisoformat(read["sealed_at"]) if read["sealed_at"] else None
        return SealReport(**{**read, "verdict": Verdict(read["verdict"]), "sealed_at": sealed_at})

    async def probe(self) -> SealKey:
        """The key, read anew and tried."""
        return (await self._usable_key(self._clock.now())).shown()

    async def _usable_key(self, now: datetime) -> SigningKey:
        key = await asyncio.to_thread(self._key.read)
        key.require_usable(now)
        return key

    async def _all_known(self) -> Known:
        """The key's own certificate is known without being named, for as long as the key is there."""
        try:
            own = await asyncio.to_thread(self._key.read)
        except SealUnavailable:
            return self._known
        return Known((own.certificates[0], *self._known.seals), self._known.timestamps)

    async def _work(self, task: str, *parts: bytes) -> bytes:
        try:
            word, answer = await self._sealing.ask(framed(parts), self._seal_seconds, task)
        except ProcessFailed as failed:
            log.error("sealing failed", extra={"task": task, "reason": failed.reason})
            raise SealUnavailable(f"the work failed ({task}): {failed.reason}") from None
        if word != "ok":
            log.error("sealing failed", extra={"task": task, "reason": answer.decode(errors="replace")})
            raise SealUnavailable(f"it can't be sealed: {answer.decode(errors='replace')}")
        return answer
