"""The authorities whose word counts, and whose certificates say so."""

from dataclasses import dataclass

from adapters.subprocess_pool import framed, unframed


@dataclass(frozen=True)
class Known:
    """Whose seals, and whose timestamps, count; certificates as DER. A signing certificate may stand for itself."""

    seals: tuple[bytes, ...] = ()
    timestamps: tuple[bytes, ...] = ()

    def as_bytes(self) -> bytes:
        """To be handed to another process."""
        return framed([framed(self.seals), framed(self.timestamps)])

    @classmethod
    def from_bytes(cls, content: bytes) -> "Known":
        """What `as_bytes` made."""
        seals, timestamps = unframed(content)
        return cls(tuple(unframed(seals)), tuple(unframed(timestamps)))
