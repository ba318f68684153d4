"""Logging: JSON in production, readable text elsewhere. Logs contain ids and types, never exception messages.

An exception's message may contain what a person typed, so production logs only its type and stack locations.
"""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO
from uuid import uuid4

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from runtime.settings import Environment, LogLevel

# At DEBUG level these log SQL values or the content of letters.
NOISY_LOGGERS = ("tortoise", "tortoise.db_client", "asyncio", "aiosqlite", "mail.log", "uvicorn.access", "strawberry")
# Its pool logs each failed attempt to reconnect with a traceback. The statements that fail meanwhile are logged by us.
QUIET_LOGGERS = ("asyncpg.pool",)
MAX_FRAMES = 20
# What each record of the standard library has; the other attributes were given to be logged.
_USUAL = frozenset({*logging.makeLogRecord({}).__dict__, "message", "asctime"})


def configure_logging(
    environment: Environment, stream: TextIO | None = None, *, level: LogLevel = LogLevel.INFO
) -> None:
    """Send structlog's and the standard library's records to `stream` (standard error). May be called again."""
    production = environment is Environment.PRODUCTION
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_colour,
        _first_line_only,
    ]
    last: list[Processor] = (
        [_locations_without_messages, structlog.processors.JSONRenderer(sort_keys=True)]
        if production
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    formatter = _QuickFormatter if production else structlog.stdlib.ProcessorFormatter
    handler.setFormatter(
        formatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.value.upper())
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.ERROR, root.level))


class _QuickFormatter(structlog.stdlib.ProcessorFormatter):
    """Writes the JSON of the processors, but that of a plain record at once: every request logs one."""

    def format(self, record: logging.LogRecord) -> str:
        if not _is_plain(record):
            return super().format(record)
        line = structlog.contextvars.get_contextvars()
        line |= {name: value for name, value in record.__dict__.items() if name not in _USUAL}
        line["event"], line["logger"], line["level"] = record.msg, record.name, record.levelname.lower()
        line["timestamp"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        try:
            text = orjson.dumps(line, option=orjson.OPT_SORT_KEYS).decode()
        except TypeError:  # a value that only the slower encoder can write
            return super().format(record)
        # Beyond ASCII the slower encoder escapes, whatever the stream can write.
        return text if text.isascii() else super().format(record)


def _is_plain(record: logging.LogRecord) -> bool:
    """Whether no processor would change anything: the record is one line of text, and has no exception."""
    message = record.msg
    if type(message) is not str or "\n" in message or record.args or record.exc_info or record.stack_info:
        return False
    return "color_message" not in record.__dict__


@contextmanager
def bind_request_id(request_id: str | None = None) -> Iterator[str]:
    """Adds the request id, or a new id, to every line that is logged inside the block. Yields the id."""
    chosen = request_id or uuid4().hex
    with structlog.contextvars.bound_contextvars(request_id=chosen):
        yield chosen


def _without_colour(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Removes Uvicorn's second copy of the message, which has terminal colours."""
    event.pop("color_message", None)
    return event


def _first_line_only(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Drops the lines after the first, in which the standard library prints objects with their values."""
    text = event.get("event")
    if isinstance(text, str):
        event["event"] = text.split("\n", 1)[0]
    return event


def _locations_without_messages(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    given = event.pop("exc_info", None)
    event.pop("stack_info", None)
    error = _exception_in(given)
    if error is None:
        return event
    event["error"] = f"{type(error).__module__}.{type(error).__qualname__}"
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    event["places"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    causes: list[str] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(causes) < MAX_FRAMES:
        causes.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        cause = cause.__cause__ or cause.__context__
    if causes:
        event["causes"] = causes
    return event


def _exception_in(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None
