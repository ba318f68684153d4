"""Implements the port `Sealer`. Each seal, timestamp and verification runs in its own single-use processes."""

import asyncio
import json
import logging
from datetime import UTC, datetime

from adapters.framing import frame_parts
from adapters.sealing.key import SigningKey, SigningKeyFile
from adapters.sealing.trust import TrustStore
from adapters.subprocess_pool import ProcessFailed, SubprocessPool
from clinic.values.ports import Clock, Sealed, SealKey, SealUnavailable, SystemClock, TimestampUnavailable
from clinic.values.seal_report import SealReport, Verdict

log = logging.getLogger(__name__)

# 500 scanned pages take 3 s on an idle machine. The process runs at low priority, so it may take longer on a busy one.
SEAL_SECONDS = 60.0
# Includes the time for the authority's answer.
TIMESTAMP_SECONDS = 30.0
VERIFY_SECONDS = 30.0
# Limits for each server process. Sealing happens in the background; a person waits for a verification.
MAX_CONCURRENT_SEALS = 1
MAX_CONCURRENT_CHECKS = 2
# Room for an original of 25 MB, its certificate and its seal.
MAX_ANSWER_BYTES = 64_000_000

_CHILD = "adapters.sealing.child"


class PyhankoSealer:
    """Seals with the key in a file. Accepts seals of that key and of the authorities in the trust store."""

    def __init__(
        self,
        key: SigningKeyFile,
        trust_store: TrustStore | None = None,
        *,
        timestamp_url: str | None = None,
        clock: Clock | None = None,
        seal_seconds: float = SEAL_SECONDS,
        verify_seconds: float = VERIFY_SECONDS,
    ) -> None:
        self._key = key
        self._configured_trust = trust_store or TrustStore()
        self._timestamp_url = timestamp_url
        self._clock = clock or SystemClock()
        self._seal_seconds = seal_seconds
        self._verify_seconds = verify_seconds
        self._sealing = SubprocessPool(_CHILD, max_concurrent=MAX_CONCURRENT_SEALS, max_answer_bytes=MAX_ANSWER_BYTES)
        self._checking = SubprocessPool(_CHILD, max_concurrent=MAX_CONCURRENT_CHECKS, max_answer_bytes=MAX_ANSWER_BYTES)

    async def seal(self, original: bytes, certificate: bytes, evidence: bytes) -> Sealed:
        """The sealed and verified file. It has a timestamp if an authority is configured and answers."""
        now = self._clock.now()
        key = await self._usable_key(now)
        moment = now.astimezone(UTC).isoformat().encode()
        prepared = await self._run_task("prepare", original, certificate, evidence, moment, *key.certificates)
        content = await self._signed(prepared, key)
        if self._timestamp_url is None:
            return Sealed(content, False)
        try:
            return Sealed(await self.timestamp(content), True)
        except TimestampUnavailable as problem:
            log.warning("sealed without a timestamp", extra={"reason": str(problem)})
            return Sealed(content, False)

    async def _signed(self, prepared: bytes, key: SigningKey) -> bytes:
        """The prepared file with its signature, if `vestibule verify` would report it as authentic.

        The process that read the document never has the key, and this one does not read the document.
        """
        # Imported here: asn1crypto would cost every start.
        from adapters.sealing.signature import sign_prepared
        from adapters.sealing.signature_field import NoSeal

        try:
            content = await asyncio.to_thread(sign_prepared, prepared, key)
        except (NoSeal, ValueError) as problem:
            log.error("sealing failed", extra={"task": "sign", "reason": str(problem)})
            raise SealUnavailable(f"it can't be sealed: {problem}") from None
        own = TrustStore((key.certificates[0],), ())
        report = json.loads(await self._run_task("verify", content, own.as_bytes()))
        if report["verdict"] != Verdict.AUTHENTIC:
            log.error("sealing failed", extra={"task": "verify", "reason": "not authentic"})
            raise SealUnavailable("it can't be sealed: what was made does not pass its own check")
        return content

    async def timestamp(self, content: bytes) -> bytes:
        """The file with a timestamp in its seal. An existing timestamp is kept."""
        if self._timestamp_url is None:
            raise TimestampUnavailable("no timestamp authority is set: VESTIBULE_TIMESTAMP_URL")
        question = frame_parts([content, self._timestamp_url.encode(), (await self._trust_store()).as_bytes()])
        try:
            word, answer = await self._sealing.ask(question, TIMESTAMP_SECONDS, "timestamp")
        except ProcessFailed as failed:
            raise TimestampUnavailable(f"the work failed: {failed.reason}") from None
        if word != "ok":
            raise TimestampUnavailable(f"the timestamp authority is of no use: {answer.decode(errors='replace')}")
        return answer

    async def verify(self, content: bytes) -> SealReport:
        """The report. A file that crashes the check or exceeds its time is reported as unrecognised."""
        question = frame_parts([content, (await self._trust_store()).as_bytes()])
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
        """Read and check the key."""
        return (await self._usable_key(self._clock.now())).summary()

    async def _usable_key(self, now: datetime) -> SigningKey:
        key = await asyncio.to_thread(self._key.read)
        key.require_usable(now)
        return key

    async def _trust_store(self) -> TrustStore:
        """The key's own certificate is trusted without configuration while the key can be read."""
        try:
            own = await asyncio.to_thread(self._key.read)
        except SealUnavailable:
            return self._configured_trust
        return TrustStore((own.certificates[0], *self._configured_trust.seals), self._configured_trust.timestamps)

    async def _run_task(self, task: str, *parts: bytes) -> bytes:
        try:
            word, answer = await self._sealing.ask(frame_parts(parts), self._seal_seconds, task)
        except ProcessFailed as failed:
            log.error("sealing failed", extra={"task": task, "reason": failed.reason})
            raise SealUnavailable(f"the work failed ({task}): {failed.reason}") from None
        if word != "ok":
            log.error("sealing failed", extra={"task": task, "reason": answer.decode(errors="replace")})
            raise SealUnavailable(f"it can't be sealed: {answer.decode(errors='replace')}")
        return answer
