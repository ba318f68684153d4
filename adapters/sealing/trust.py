"""The trust store: the certificates of the authorities whose seals and timestamps are accepted."""

from dataclasses import dataclass

from adapters.framing import frame_parts, unframe_parts


@dataclass(frozen=True)
class TrustStore:
    """Trusted certificates as DER. A signing certificate may be trusted directly."""

    seals: tuple[bytes, ...] = ()
    timestamps: tuple[bytes, ...] = ()

    def as_bytes(self) -> bytes:
        """Serialize for another process."""
        return frame_parts([frame_parts(self.seals), frame_parts(self.timestamps)])

    @classmethod
    def from_bytes(cls, content: bytes) -> "TrustStore":
        seals, timestamps = unframe_parts(content)
        return cls(tuple(unframe_parts(seals)), tuple(unframe_parts(timestamps)))
