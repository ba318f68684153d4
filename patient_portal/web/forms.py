"""What every form of the portal has in common: a token against forgery, and words for what is wrong.

A form is bound to the browser that fetched it (before sign-in) or to its session (after). Names of fields are fixed
(docs: `email`, `password`, `date_of_birth`, `pin`, `csrf_token`).
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from babel.support import NullTranslations
from starlette.datastructures import FormData, ImmutableMultiDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from wtforms import Form, HiddenField
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.meta import DefaultMeta
from wtforms.validators import ValidationError

from clinic.values.ports import Secrets

# Our pages have a handful of fields. No person sends a body with thousands.
MAX_FIELDS = 50


_NUMBER_BYTES = 32


def token_is_of(token: str, key: bytes, bound_to: str) -> bool:
    """Whether the token belongs to a form that was made for this browser or session."""
    number, digest = token[: 2 * _NUMBER_BYTES], token[2 * _NUMBER_BYTES :]
    return hmac.compare_digest(digest.encode("utf-8", "replace"), _digest(number, key, bound_to).encode())


def _digest(number: str, key: bytes, bound_to: str) -> str:
    return hmac.new(key, f"{number} {bound_to}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


class BoundCSRF(CSRF):
    """A number of the form's own, and a keyed digest of it and of the browser or session the form was made for.

    Nothing is stored and no clock is needed. The number tells two clicks on one form from two forms (`sent_twice`).

    WTForms' own SessionCSRF is SHA-1, compares in varying time and expires after half an hour, which is hard on
    people who type slowly.
    """

    def setup_form(self, form: Any) -> Any:
        self._key: bytes = form.meta.csrf_secret
        self._bound_to: str = form.meta.csrf_context
        return super().setup_form(form)

    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:
        number = secrets.token_hex(_NUMBER_BYTES)
        return number + _digest(number, self._key, self._bound_to)

    def validate_csrf_token(self, form: Any, field: CSRFTokenField) -> None:
        if not token_is_of(field.data if isinstance(field.data, str) else "", self._key, self._bound_to):
            raise ValidationError(
                field.gettext(
                    "This page was open too long, or your browser keeps no cookies. "
                    "Please press the button once more. If it happens again, allow cookies for this site."
                )
            )


class PortalForm(Form):
    """The base of every form. Made by `Visit.form`, which knows the key, the browser and the language."""

    class Meta(DefaultMeta):
        csrf = True
        csrf_class = BoundCSRF
        csrf_field_name = "csrf_token"
        translations: NullTranslations
        language: str
        today: date
        now: datetime
        secrets: Secrets

        def get_translations(self, form: object) -> NullTranslations:
            """Our catalogue, not that of WTForms: we write the error messages."""
            return self.translations

    @property
    def forged(self) -> bool:
        """Whether the token was missing or another browser's."""
        return bool(self.errors.get("csrf_token"))

    def problems(self) -> list[tuple[str, str]]:
        """What is wrong, in the order of the page: the id of the field to go to, and the sentence."""
        visible = [field for field in self if not isinstance(field, HiddenField)]
        first = getattr(visible[0], "first_box", visible[0].id) if visible else "main"
        return [
            (getattr(field, "first_box", field.id) if field in visible else first, str(message))
            for field in self
            for message in field.errors
        ]

    def add_error(self, name: str, message: str) -> None:
        """Put a sentence beside a field, after the core has refused what was typed."""
        field = self[name]
        field.errors = [*field.errors, message]

    def add_errors(self, name: str, messages: Sequence[str]) -> None:
        """Put several sentences beside a field."""
        for message in messages:
            self.add_error(name, message)


async def posted(request: Request) -> ImmutableMultiDict[str, str]:
    """The fields of a posted form, without files. Raises 400 for NUL: no keyboard makes it, and databases refuse it."""
    form: FormData = await request.form(max_files=0, max_fields=MAX_FIELDS)
    pairs: Sequence[tuple[str, str]] = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise HTTPException(400)
    return ImmutableMultiDict(pairs)
