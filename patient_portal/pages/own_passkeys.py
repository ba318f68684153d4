"""A person's own passkeys are added: the page asks the browser, and a script carries its answer into the form."""

from starlette.responses import Response
from wtforms import HiddenField, StringField
from wtforms.validators import Length

from clinic.factors.actions import finish_passkey, start_passkey
from clinic.factors.errors import ChallengeNotUsable, FactorRefused
from clinic.values.errors import FreshSignInNeeded, InvalidInput
from clinic.values.limits import LONGEST_FACTOR_NAME
from patient_portal.pages.own_factors import ROOM
from patient_portal.web.fields import Required
from patient_portal.web.forms import PortalForm
from patient_portal.web.language import N_
from patient_portal.web.visit import Visit

NOT_ADDED = N_("The passkey was not added. Try again, or use another device.")


class PasskeyForm(PortalForm):
    """`challenge` names the step; the script fills `response` with the browser's answer."""

    challenge = HiddenField()
    response = HiddenField()
    name = StringField(
        N_("Name of the passkey"),
        [
            Required(N_("Give the passkey a name, so that you know it in the list.")),
            Length(max=LONGEST_FACTOR_NAME, message=N_("This is too long.")),
        ],
    )


async def add_passkey(visit: Visit) -> Response:
    """`POST /{slug}/account/second-step/passkey`: what the browser needs, and then its answer."""
    form = await visit.posted(PasskeyForm)
    valid = form.validate()
    try:
        if not form.challenge.data:
            return visit.go(ROOM) if form.forged else await _passkey_page(visit, visit.form(PasskeyForm))
        if not valid:
            return await _passkey_page(visit, form, 403 if form.forged else 422)
        return await _finish(visit, form)
    except FreshSignInNeeded:
        return visit.go(ROOM)
    except ChallengeNotUsable:
        return visit.go(ROOM, done="late")
    except InvalidInput:  # as many as there may be: the form has looked at the name
        return visit.go(ROOM, done="full")


async def _finish(visit: Visit, form: PasskeyForm) -> Response:
    challenge, answer, name = form.challenge.data or "", form.response.data or "", form.name.data or ""
    try:
        added = await finish_passkey(visit.caller, challenge, answer, name, visit.services)
    except FactorRefused as refusal:
        visit.log_refusal(refusal)
        form.add_error("name", visit.gettext(NOT_ADDED))
        return await _passkey_page(visit, form, 422)
    return visit.page("recovery_codes.html", codes=added.recovery_codes, passkey=True)


async def _passkey_page(visit: Visit, form: PasskeyForm, status: int = 200) -> Response:
    # An authenticator answers a challenge once, so each page has its own.
    begun = await start_passkey(visit.caller, visit.services)
    form.challenge.data, form.response.data = begun.challenge, ""
    return visit.page("add_passkey.html", status, form=form, options=begun.options)
