"""Logs tell where and what kind, never what somebody typed."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import structlog

from runtime.logging import bind_request_id, configure_logging
from runtime.settings import Environment, LogLevel


@pytest.fixture(autouse=True)
def logging_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def production_log() -> io.StringIO:
    stream = io.StringIO()
    configure_logging(Environment.PRODUCTION, stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail_over(typed: str) -> None:
    try:
        raise ValueError(f"no such address: {typed}")
    except ValueError as inner:
        raise LookupError(f"{typed} is unknown") from inner


@pytest.mark.parametrize("library", [True, False])
def test_an_exception_is_logged_by_type_and_place_only(production_log: io.StringIO, library: bool) -> None:
    try:
        fail_over("leo.park@example.com")
    except LookupError:
        if library:
            logging.getLogger("some.library").exception("request failed")
        else:
            structlog.get_logger("ours").exception("request failed")

    [line] = lines(production_log)
    assert "leo.park" not in production_log.getvalue()
    assert (line["event"], line["level"], line["error"]) == ("request failed", "error", "builtins.LookupError")
    assert line["causes"] == ["builtins.ValueError"]
    assert "fail_over" in str(line["places"])


async def test_a_lost_task_is_logged_without_its_exceptions_text(production_log: io.StringIO) -> None:
    asyncio.get_running_loop().call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": ValueError("leo.park@example.com")}
    )

    [line] = lines(production_log)
    assert line["event"] == "Task exception was never retrieved"
    assert "leo.park" not in production_log.getvalue()


def test_lines_of_one_request_bear_its_id(production_log: io.StringIO) -> None:
    with bind_request_id("abc") as given, bind_request_id() as made:
        structlog.get_logger("ours").info("inside", staff_member_id="17")
        logging.getLogger("some.library").warning("inside too")
    structlog.get_logger("ours").info("outside")

    ours, theirs, outside = lines(production_log)
    assert given == "abc"
    assert made != "abc"
    assert (ours["request_id"], ours["staff_member_id"]) == (made, "17")
    assert theirs["request_id"] == made
    assert "request_id" not in outside


def test_statements_with_their_values_are_not_logged(production_log: io.StringIO) -> None:
    logging.getLogger("tortoise.db_client").debug("SELECT 'leo.park@example.com'")
    logging.getLogger("tortoise.db_client").info("SELECT 'leo.park@example.com'")

    assert production_log.getvalue() == ""


def test_people_get_plain_lines() -> None:
    stream = io.StringIO()
    configure_logging(Environment.DEVELOPMENT, stream)

    structlog.get_logger("ours").warning("letter.put_off", letter_id="17")

    assert "letter.put_off" in stream.getvalue()
    assert "letter_id=17" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_a_level_leaves_out_what_is_less_and_never_makes_libraries_talk() -> None:
    quiet, loud = io.StringIO(), io.StringIO()
    configure_logging(Environment.PRODUCTION, quiet, level=LogLevel.ERROR)
    structlog.get_logger("ours").warning("a warning")
    logging.getLogger("tortoise.db_client").warning("from a library")
    configure_logging(Environment.PRODUCTION, loud, level=LogLevel.DEBUG)
    structlog.get_logger("ours").debug("a detail")
    logging.getLogger("tortoise.db_client").debug("SELECT of what somebody typed")

    assert quiet.getvalue() == ""
    assert [line["event"] for line in lines(loud)] == ["a detail"]


@pytest.mark.parametrize(
    "extra", [{}, {"status": 200, "route": "/graphql", "milliseconds": 1.5}, {"odd": {1, 2}}, {"name_": "Núñez"}]
)
def test_a_plain_record_is_written_as_the_processors_would(
    production_log: io.StringIO, extra: dict[str, object]
) -> None:
    with bind_request_id("abc"):
        logging.getLogger("some.library").warning("request", extra=extra)
        # With an argument it goes through the processors.
        logging.getLogger("some.library").warning("%s", "request", extra=extra)

    quick, slow = lines(production_log)
    assert list(quick) == list(slow) == sorted(slow)
    for line in (quick, slow):
        written = str(line.pop("timestamp"))
        assert written.endswith("Z")
        assert datetime.fromisoformat(written).utcoffset() == timedelta(0)
    assert quick == slow
