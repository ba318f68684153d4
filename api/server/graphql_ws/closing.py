"""Why a socket is closed. The only place that knows the numbers."""

from enum import IntEnum

from api.server.errors import Code, CodedError


class CloseCode(IntEnum):
    """RFC 6455 §7.4 below 4000; the protocol graphql-transport-ws above."""

    INTERNAL = 1011
    FELL_BEHIND = 1013
    MALFORMED = 4400
    UNAUTHENTICATED = 4401
    FORBIDDEN = 4403
    NO_SUCH_PROTOCOL = 4406
    NOT_INTRODUCED = 4408
    ALREADY_SUBSCRIBED = 4409
    TOO_MANY = 4429


_CODES = {
    CloseCode.INTERNAL: Code.INTERNAL,
    CloseCode.FELL_BEHIND: Code.RATE_LIMITED,
    CloseCode.UNAUTHENTICATED: Code.UNAUTHENTICATED,
    CloseCode.FORBIDDEN: Code.FORBIDDEN,
    CloseCode.TOO_MANY: Code.RATE_LIMITED,
}


class MustClose(CodedError):
    """The whole socket ends. `reason` is ours and short: a close frame holds 123 bytes, and none of the client's."""

    def __init__(self, close_code: CloseCode, reason: str) -> None:
        super().__init__(_CODES.get(close_code, Code.BAD_USER_INPUT), reason)
        self.close_code = close_code
