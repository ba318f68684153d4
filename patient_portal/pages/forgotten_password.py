"""A forgotten password: the same answer for every address, and the page behind the letter."""

from starlette.responses import Response
from wtforms import HiddenField

from clinic.factors.errors import SecondFactorNeeded
from clinic.portal_access.actions import request_password_reset, reset_password
from clinic.portal_access.errors import LinkNotUsable
from clinic.portal_access.models import TokenPurpose
from clinic.portal_access.queries import find_account_link
from clinic.sessions.actions import end_session
from clinic.sessions.models import SessionKind
from clinic.values.errors import InvalidInput, WeakPassword
from patient_portal.pages.sign_in import start_session
from patient_portal.web.advice import input_advice, password_advice
from patient_portal.web.chosen_password import new_password_field
from patient_portal.web.fields import email_field
from patient_portal.web.forms import PortalForm
from patient_portal.web.mailed_links import RESET, not_usable, opened_token, posted_token
from patient_portal.web.second_step import ask_second_step
from patient_portal.web.visit import Visit


class ForgottenForm(PortalForm):
    """Whose password."""

    email = email_field()


class ResetForm(PortalForm):
    """The new password."""

    token = HiddenField()
    password = new_password_field()


async def forgotten(visit: Visit) -> Response:
    """`GET /{slug}/forgot`: asks for the address."""
    visit.patient = None
    return _forgotten_page(visit, visit.form(ForgottenForm))


async def send_reset_link(visit: Visit) -> Response:
    """`POST /{slug}/forgot`: the same page for every address."""
    visit.patient = None
    form = await visit.posted(ForgottenForm)
    if not form.validate():
        return _forgotten_page(visit, form, 403 if form.forged else 422)
    try:
        await request_password_reset(visit.anonymous, form.email.data or "", visit.services)
    except InvalidInput as refusal:
        form.add_errors("email", input_advice(visit, refusal))
        return _forgotten_page(visit, form, 422)
    return visit.go("forgot/sent")


async def reset_link_sent(visit: Visit) -> Response:
    """`GET /{slug}/forgot/sent`: what happens now, and what to do if no letter comes."""
    return visit.page("reset_link_sent.html")


async def password_to_choose(visit: Visit) -> Response:
    """`GET /{slug}/reset`: the form, or what to do instead."""
    visit.patient = None
    token = opened_token(visit, RESET)
    try:
        return await _reset_page(visit, token, visit.form(ResetForm, token=token))
    except LinkNotUsable as refusal:
        return not_usable(visit, RESET, refusal)


async def choose_password(visit: Visit) -> Response:
    """`POST /{slug}/reset`: sets the password, ends every session, signs in."""
    previous_session, visit.patient = visit.patient, None
    token = await posted_token(visit)
    form = await visit.posted(ResetForm)
    try:
        if not form.validate():
            return await _reset_page(visit, token, form, 403 if form.forged else 422)
        signed_in = await reset_password(
            visit.anonymous, token, form.password.data or "", visit.services, kind=SessionKind.BROWSER
        )
    except SecondFactorNeeded as needed:
        response = ask_second_step(visit, needed)
        visit.cookies.drop_link(response, visit.slug, RESET)
        return response
    except LinkNotUsable as refusal:
        return not_usable(visit, RESET, refusal)
    except WeakPassword as refusal:
        form.add_errors("password", password_advice(visit, refusal))
        return await _reset_page(visit, token, form, 422)
    if previous_session:
        await end_session(previous_session, visit.services)
    response = visit.go("documents", changed="1")
    visit.cookies.drop_link(response, visit.slug, RESET)
    return start_session(visit, signed_in, response)


def _forgotten_page(visit: Visit, form: ForgottenForm, status: int = 200) -> Response:
    return visit.page("forgotten.html", status, form=form)


async def _reset_page(visit: Visit, token: str, form: ResetForm, status: int = 200) -> Response:
    found = await find_account_link(
        visit.organization.id, token, visit.browser, visit.services, TokenPurpose.RESET_PASSWORD
    )
    return visit.page("reset.html", status, form=form, link=found)
