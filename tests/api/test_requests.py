"""What the schema's own code gives the server: an error for each refusal of the core, and the core's page requests."""

from datetime import timedelta
from uuid import UUID

import pytest
from tortoise.exceptions import DBConnectionError

from api.requests.paging import page_request
from api.requests.refusal_words import refusal_words
from api.requests.refusals import refusal_of
from api.server.relay import Cursors
from clinic.values.errors import ClinicError, EmailTaken, InvalidInput, NotFound, NotPermitted, TooManyAttempts
from clinic.values.paging import PageRequest
from clinic.values.ports import FileStoreUnavailable
from clinic.values.problems import Problem

CURSORS = Cursors("people", (str, UUID))
KEY = UUID(int=7)


@pytest.mark.parametrize(
    ("refusal", "extensions"),
    [
        (NotPermitted("WEB_PORTAL"), {"code": "FORBIDDEN", "permission": "WEB_PORTAL"}),
        (NotFound("contactId"), {"code": "BAD_USER_INPUT", "argument": "contactId"}),
        (
            InvalidInput.one("input.email", Problem.NO_EMAIL_ADDRESS),
            {
                "code": "BAD_USER_INPUT",
                "fields": [{"path": "input.email", "message": "Enter an email address such as name@example.com."}],
            },
        ),
        (TooManyAttempts(timedelta(seconds=90)), {"code": "RATE_LIMITED", "retryAfterSeconds": 90}),
        (EmailTaken(), {"code": "BAD_USER_INPUT"}),
        (ClinicError(), {"code": "BAD_USER_INPUT"}),
    ],
)
def test_refusal_of_the_core_becomes_an_error_with_its_code(
    refusal: ClinicError, extensions: dict[str, object]
) -> None:
    error = refusal_of(refusal)
    assert error is not None
    assert error.extensions == extensions
    assert error.message == refusal_words(refusal)


@pytest.mark.parametrize(
    "error", [TimeoutError(), ConnectionResetError(), DBConnectionError("secret"), FileStoreUnavailable("secret")]
)
def test_what_is_away_for_a_while_is_said_with_when_to_ask_again(error: Exception) -> None:
    refusal = refusal_of(error)
    assert refusal is not None
    assert refusal.extensions == {"code": "UNAVAILABLE", "retryAfterSeconds": 5}
    assert "secret" not in refusal.message


@pytest.mark.parametrize("error", [RuntimeError("secret"), KeyError("secret"), FileNotFoundError(2, "secret")])
def test_any_other_exception_is_left_to_the_server_to_mask(error: Exception) -> None:
    assert refusal_of(error) is None


def test_page_arguments_become_a_request() -> None:
    after, before = CURSORS.encode(("a", KEY)), CURSORS.encode(("z", KEY))
    assert page_request(CURSORS, None, None, None, None) == PageRequest(20, None, None, False)
    assert page_request(CURSORS, 100, after, None, None) == PageRequest(100, ("a", KEY), None, False)
    assert page_request(CURSORS, None, after, 1, before) == PageRequest(1, ("a", KEY), ("z", KEY), True)
