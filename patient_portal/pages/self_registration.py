"""Registering by the organization's web link: the same answer whether or not the address is known."""

from starlette.responses import Response

from clinic.portal_access.actions import register_account
from clinic.values.errors import InvalidInput, WeakPassword
from patient_portal.web.advice import input_advice, password_advice
from patient_portal.web.chosen_password import add_weaknesses, new_password_field
from patient_portal.web.fields import email_field
from patient_portal.web.forms import PortalForm
from patient_portal.web.visit import Visit


class SelfRegistrationForm(PortalForm):
    """An address and a password. The address is confirmed by a letter before either counts."""

    email = email_field()
    password = new_password_field()


async def registration(visit: Visit) -> Response:
    """`GET /{slug}/register`: the form for people without an invitation."""
    # The form belongs to the browser, even if somebody else is signed in on this computer.
    visit.patient = None
    return _page(visit, visit.form(SelfRegistrationForm))


async def self_register(visit: Visit) -> Response:
    """`POST /{slug}/register`: one letter, and the same page for every address."""
    visit.patient = None
    form = await visit.posted(SelfRegistrationForm)
    if not form.validate():
        await add_weaknesses(visit, form)
        return _page(visit, form, 403 if form.forged else 422)
    try:
        await register_account(
            visit.anonymous,
            form.email.data or "",
            form.password.data or "",
            visit.services,
            browser_token=visit.browser,
            language=visit.language,
        )
    except WeakPassword as refusal:
        form.add_errors("password", password_advice(visit, refusal))
        return _page(visit, form, 422)
    except InvalidInput as refusal:
        form.add_errors("email", input_advice(visit, refusal))
        await add_weaknesses(visit, form)
        return _page(visit, form, 422)
    return visit.go("register/received")


async def registration_received(visit: Visit) -> Response:
    """`GET /{slug}/register/received`: what happens now, and what to do if no letter comes."""
    return visit.page("registration_received.html")


def _page(visit: Visit, form: SelfRegistrationForm, status: int = 200) -> Response:
    return visit.page("self_registration.html", status, form=form)
