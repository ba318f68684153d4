"""The page that asks for a code after the right password, at whatever page the password was typed."""

from starlette.responses import Response
from wtforms import HiddenField

from clinic.factors.errors import SecondFactorNeeded
from clinic.factors.proving import Proof
from patient_portal.web.fields import Required, SecretField
from patient_portal.web.forms import PortalForm
from patient_portal.web.language import N_
from patient_portal.web.visit import Visit

WRONG_CODE = N_("This code is not right, or was used before. Wait for the next one, or use a recovery code.")
_DIGITS = 6


class SecondStepForm(PortalForm):
    """`challenge` names the step; `next` is where to go afterwards."""

    challenge = HiddenField()
    next = HiddenField()
    code = SecretField(N_("Code"), [Required(N_("Enter the code."))])


def proof_of(typed: str) -> Proof:
    """Six digits are a code from the app; anything else is a recovery code."""
    digits = "".join(typed.split())
    return Proof(code=digits) if len(digits) == _DIGITS and digits.isdigit() else Proof(recovery_code=typed)


def ask_second_step(visit: Visit, needed: SecondFactorNeeded, wanted: str = "", path: str = "second-step") -> Response:
    """The page of the step that was begun. `path` is where its form goes."""
    return second_step_page(visit, visit.form(SecondStepForm, challenge=needed.challenge, next=wanted), path=path)


def second_step_page(visit: Visit, form: SecondStepForm, status: int = 200, *, path: str = "second-step") -> Response:
    """The page with this form."""
    return visit.page("second_step.html", status, form=form, path=path)
