"""The port `Sealer` as tests steer it. The real one has tests of its own."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from clinic.values.ports import Sealed, SealKey, SealUnavailable, TimestampUnavailable
from clinic.values.seal_report import SealReport, Verdict


@dataclass
class WaxSealer:
    """Seals by putting wax around the bytes: never twice the same, as with a real key, and known again by it alone.

    `trouble` is what sealing always meets, and adding a timestamp once.
    """

    authority: bool = True
    trouble: Exception | None = None
    seals: list[tuple[bytes, bytes, bytes]] = field(default_factory=list)
    wax: dict[bytes, SealReport] = field(default_factory=dict)

    async def seal(self, original: bytes, certificate: bytes, evidence: bytes) -> Sealed:
        if self.trouble is not None:
            raise self.trouble
        self.seals.append((original, certificate, evidence))
        content = b"sealed %d\n" % len(self.seals) + original + certificate + evidence
        self.wax[content] = SealReport(Verdict.AUTHENTIC, timestamped=self.authority, evidence=evidence.decode())
        return Sealed(content, self.authority)

    async def timestamp(self, content: bytes) -> bytes:
        trouble, self.trouble = self.trouble, None
        if trouble is not None:
            raise trouble
        if not self.authority:
            raise TimestampUnavailable("there is no authority")
        stamped = content + b"\nstamped"
        self.wax[stamped] = replace(self.wax[content], timestamped=True)
        return stamped

    async def verify(self, content: bytes) -> SealReport:
        return self.wax.get(content, SealReport(Verdict.UNSEALED))

    async def probe(self) -> SealKey:
        if isinstance(self.trouble, SealUnavailable):
            raise self.trouble
        return SealKey("wax", "0" * 64, datetime(2036, 1, 1, tzinfo=UTC))
