"""Joins byte strings for the way to a single-use process and back. It loads nothing, so that such a process is fast."""

from collections.abc import Sequence


def frame_parts(parts: Sequence[bytes]) -> bytes:
    """Join the parts, each with a length prefix."""
    return b"".join(piece for part in parts for piece in (len(part).to_bytes(8, "big"), part))


def unframe_parts(content: bytes) -> list[bytes]:
    """Split what `frame_parts` joined."""
    parts, at = [], 0
    while at < len(content):
        end = at + 8 + int.from_bytes(content[at : at + 8], "big")
        parts.append(content[at + 8 : end])
        at = end
    return parts
