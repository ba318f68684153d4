"""Choosing a password: words are offered, and neither they nor what was typed is lost when another field is wrong.

Both travel in the page, encrypted, for this browser only and half an hour. A password never stands in a page.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

from wtforms.utils import unset_value

from clinic.values.limits import LONGEST_PASSWORD
from clinic.values.passphrases import new_passphrase
from clinic.values.passwords import weaknesses
from clinic.values.text import trimmed
from patient_portal.web.advice import weakness_advice
from patient_portal.web.fields import Required, SecretField
from patient_portal.web.forms import PortalForm
from patient_portal.web.language import N_
from patient_portal.web.visit import Visit

_LASTS = timedelta(minutes=30)


@dataclass(frozen=True)
class _Kept:
    """What one page hands to the next: the words on offer, and the password if it may be used."""

    offered: str
    typed: str = field(default="", repr=False)

    def encrypted(self, meta: Any) -> str:
        until = (meta.now + _LASTS).timestamp()
        token: str = meta.secrets.encrypt(json.dumps([meta.csrf_context, until, self.offered, self.typed]))
        return token

    @classmethod
    def read(cls, token: str, meta: Any) -> Self | None:
        """None for a token of another browser, for one that is too old, and for anything else."""
        try:
            bound_to, until, offered, typed = json.loads(meta.secrets.decrypt(token))
        except ValueError:
            return None
        return cls(offered, typed) if bound_to == meta.csrf_context and until > meta.now.timestamp() else None


class NewPasswordField(SecretField):
    """A password to be chosen. `kept`: it was typed on the page before, and the box may stay empty."""

    offered = ""
    kept = False

    def process(
        self, formdata: Any, data: object = unset_value, extra_filters: Sequence[Callable[[Any], Any]] | None = None
    ) -> None:
        super().process(formdata, data, extra_filters)
        before = _Kept.read(formdata.get(self.keeper, ""), self.meta) if formdata else None
        self.offered = before.offered if before else new_passphrase(self.meta.language)
        if before and before.typed and not trimmed(self.data or ""):
            self.data, self.kept = before.typed, True

    @property
    def keeper(self) -> str:
        """The name of the hidden field beside this one."""
        return f"{self.name}-kept"

    @property
    def to_keep(self) -> str:
        """The value of the hidden field."""
        usable = self.data if self.usable else ""
        return _Kept(self.offered, usable or "").encrypted(self.meta)

    @property
    def usable(self) -> bool:
        """Whether there is a password, and nothing is wrong with it."""
        return bool(trimmed(self.data or "")) and not self.errors and len(self.data or "") <= LONGEST_PASSWORD


def new_password_field(label: str = N_("Choose a password")) -> NewPasswordField:
    return NewPasswordField(label, [Required(N_("Choose a password."))])


async def add_weaknesses(visit: Visit, form: PortalForm) -> None:
    """Say what is wrong with the new password together with all else that is wrong with the form.

    The core checks it again with words about the person, which this page must not use before they have shown who they
    are.
    """
    for box in form:
        if not (isinstance(box, NewPasswordField) and box.usable):
            continue
        about = [visit.organization.name, *(str(each.data) for each in form if each.name == "email" and each.data)]
        form.add_errors(box.name, weakness_advice(visit, await weaknesses(box.data or "", about)))
