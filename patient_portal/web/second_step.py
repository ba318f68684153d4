"""The page that asks for a passkey or a code after the right password, at whatever page the password was typed."""

from starlette.responses import Response
from wtforms import Field, Form, HiddenField
from wtforms.validators import StopValidation

from clinic.factors.challenges import open_challenge
from clinic.factors.errors import ChallengeNotUsable, FactorRefused, SecondFactorNeeded
from clinic.factors.models import ChallengePurpose, FactorChallenge
from clinic.factors.person import Person
from clinic.factors.proving import Proof, asked_again
from clinic.values.factors import FactorKind
from patient_portal.web.fields import Required, SecretField
from patient_portal.web.forms import PortalForm
from patient_portal.web.language import N_
from patient_portal.web.visit import Visit

WRONG_CODE = N_("This code is not right, or was used before. Wait for the next one, or use a recovery code.")
WRONG_PASSKEY = N_("Your passkey was not accepted. Try again, or enter a code.")
_DIGITS = 6


class CodeUnlessPasskey(Required):
    """Validator: a code must be there, unless the browser answered with a passkey."""

    def __call__(self, form: Form, field: Field) -> None:
        if form["passkey"].data:
            raise StopValidation
        super().__call__(form, field)


class SecondStepForm(PortalForm):
    """`challenge` names the step; `next` is where to go afterwards; a script fills `passkey`."""

    challenge = HiddenField()
    next = HiddenField()
    passkey = HiddenField()
    code = SecretField(N_("Code"), [CodeUnlessPasskey(N_("Enter the code."))])

    @property
    def proof(self) -> Proof:
        """What the person gave. Six digits are a code from the app; anything else typed is a recovery code."""
        if self.passkey.data:
            return Proof(passkey=self.passkey.data)
        typed = self.code.data or ""
        digits = "".join(typed.split())
        return Proof(code=digits) if len(digits) == _DIGITS and digits.isdigit() else Proof(recovery_code=typed)

    def refuse(self, visit: Visit, refusal: FactorRefused) -> None:
        """Say beside the code that the proof was refused, and log it."""
        visit.log_refusal(refusal)
        self.add_error("code", visit.gettext(WRONG_PASSKEY if self.passkey.data else WRONG_CODE))


async def open_sign_in(visit: Visit, token: str) -> tuple[Person, FactorChallenge]:
    """The step that a sign-in at this practice has begun, and whose it is. Raises `ChallengeNotUsable`."""
    begun = await open_challenge(token, ChallengePurpose.SIGN_IN, visit.services.clock.now())
    if begun.account_id is None or begun.organization_id != visit.organization.id:
        raise ChallengeNotUsable
    return Person(begun.organization_id, None, begun.account_id), begun


def ask_second_step(visit: Visit, needed: SecondFactorNeeded, wanted: str = "", path: str = "second-step") -> Response:
    """The page of the step that was begun. `path` is where its form goes."""
    return _page(visit, visit.form(SecondStepForm, challenge=needed.challenge, next=wanted), needed, 200, path)


async def ask_again(
    visit: Visit, form: SecondStepForm, person: Person, begun: FactorChallenge, path: str = "second-step"
) -> Response:
    """The page once more, with what was wrong."""
    needed = await asked_again(person, form.challenge.data or "", begun, visit.services)
    form.passkey.data = ""
    return _page(visit, form, needed, 403 if form.forged else 422, path)


def _page(visit: Visit, form: SecondStepForm, step: SecondFactorNeeded, status: int, path: str) -> Response:
    has_codes = FactorKind.TOTP in step.kinds
    return visit.page("second_step.html", status, form=form, step=step, has_codes=has_codes, path=path)
