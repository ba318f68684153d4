"""A person's own account: password, address, language, and the devices that are signed in."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response
from wtforms import HiddenField

from clinic.documents.actions.consent import withdraw_consent
from clinic.documents.consent import live_consent
from clinic.factors.person import kinds_of, person_of
from clinic.portal_access.actions import change_password, request_email_change, set_language
from clinic.portal_access.queries import own_account, pending_address
from clinic.sessions.actions import end_own_session
from clinic.sessions.queries import active_sessions_of
from clinic.values.errors import InvalidInput, WeakPassword, WrongCredentials
from patient_portal.web.advice import input_advice, password_advice
from patient_portal.web.chosen_password import add_weaknesses, new_password_field
from patient_portal.web.dates import moment_in_words
from patient_portal.web.devices import device_named
from patient_portal.web.fields import WRONG_PASSWORD, Required, SecretField, current_password_field, email_field
from patient_portal.web.forms import PortalForm
from patient_portal.web.language import N_
from patient_portal.web.visit import Visit

DONE: Mapping[str, str] = {
    "password": N_("Your password was changed. Other devices were signed out."),
    "email": N_("Your account uses its new address now. Sign in with it from now on."),
    "asked": N_("We have written to the new address. The change counts once you press the button in that email."),
    "language": N_("From now on, pages and emails are in this language."),
    "session": N_("That device was signed out."),
    "consent": N_("You have taken back your agreement. We ask for it again the next time you sign."),
}


class PasswordForm(PortalForm):
    """The old password, and the new one."""

    current = SecretField(N_("Your password now"), [Required(N_("Enter your password."))])
    password = new_password_field(N_("Your new password"))


class AddressForm(PortalForm):
    """The new address. The password is required, so that nobody can take over the account on a borrowed screen."""

    email = email_field()
    password = current_password_field()


class LanguageForm(PortalForm):
    """The chosen language, which is the value of the pressed button."""

    language = HiddenField()


class SessionForm(PortalForm):
    """The session to end, which is the value of its button."""

    session = HiddenField()


async def account(visit: Visit) -> Response:
    """`GET /{slug}/account`: what there is to see and change."""
    done = DONE.get(visit.request.query_params.get("done", ""))
    return await _account_page(visit, notice=visit.gettext(done) if done else "")


async def to_account(visit: Visit) -> Response:
    """`GET` of an address that only takes forms, for example after signing in again: redirects to the account page."""
    return visit.go("account")


async def password_to_change(visit: Visit) -> Response:
    """`GET /{slug}/account/password`."""
    return await _password_page(visit, visit.form(PasswordForm))


async def change_own_password(visit: Visit) -> Response:
    """`POST /{slug}/account/password`: every other session ends."""
    form = await visit.posted(PasswordForm)
    if not form.validate():
        await add_weaknesses(visit, form)
        return await _password_page(visit, form, 403 if form.forged else 422)
    try:
        await change_password(visit.caller, form.current.data or "", form.password.data or "", visit.services)
    except WrongCredentials as refusal:
        visit.log_refusal(refusal)
        form.add_error("current", visit.gettext(WRONG_PASSWORD))
        await add_weaknesses(visit, form)
        return await _password_page(visit, form, 422)
    except WeakPassword as refusal:
        form.add_errors("password", password_advice(visit, refusal))
        return await _password_page(visit, form, 422)
    return visit.go("account", done="password")


async def address_to_change(visit: Visit) -> Response:
    """`GET /{slug}/account/email`."""
    return await _address_page(visit, visit.form(AddressForm))


async def change_own_address(visit: Visit) -> Response:
    """`POST /{slug}/account/email`: letters to both addresses; the same answer whether or not the new one is in use."""
    form = await visit.posted(AddressForm)
    if not form.validate():
        return await _address_page(visit, form, 403 if form.forged else 422)
    try:
        await request_email_change(
            visit.caller,
            form.password.data or "",
            form.email.data or "",
            visit.services,
            browser_token=visit.browser,
        )
    except WrongCredentials as refusal:
        visit.log_refusal(refusal)
        form.add_error("password", visit.gettext(WRONG_PASSWORD))
        return await _address_page(visit, form, 422)
    except InvalidInput as refusal:
        form.add_errors("email", input_advice(visit, refusal))
        return await _address_page(visit, form, 422)
    return visit.go("account", done="asked")


async def choose_language(visit: Visit) -> Response:
    """`POST /{slug}/account/language`: for pages, here and elsewhere, and for letters."""
    form = await visit.posted(LanguageForm)
    if not form.validate():
        return await _account_page(visit, 403)
    language = form.language.data or ""
    try:
        await set_language(visit.caller, language, visit.services)
    except InvalidInput:
        raise HTTPException(400) from None
    response = visit.go("account", done="language")
    visit.cookies.keep_language(response, language)
    return response


async def end_one_session(visit: Visit) -> Response:
    """`POST /{slug}/account/sessions`: that device is signed out at once."""
    form = await visit.posted(SessionForm)
    if not form.validate():
        return await _account_page(visit, 403)
    await end_own_session(visit.caller, _uuid(form.session.data or ""), visit.services)
    return visit.go("account", done="session")


async def withdraw_own_consent(visit: Visit) -> Response:
    """`POST /{slug}/account/consent`: what was signed stays signed."""
    form = await visit.posted(PortalForm)
    if not form.validate():
        return await _account_page(visit, 403)
    await withdraw_consent(visit.caller, visit.services)
    return visit.go("account", done="consent")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _account_page(visit: Visit, status: int = 200, notice: str = "") -> Response:
    own = await own_account(visit.caller)
    sessions = [
        {
            "id": str(session.id),
            "current": session.current,
            "device": device_named(session.agent) or visit.gettext(N_("A device we don’t recognize")),
            "since": _when(visit, session.created_at),
            "seen": _when(visit, session.last_seen_at),
        }
        for session in await active_sessions_of(visit.caller, visit.services)
    ]
    consent = await live_consent(visit.caller.account_id)
    return visit.page(
        "account.html",
        status,
        own=own,
        pending=await pending_address(visit.caller, visit.services),
        has_factor=bool(await kinds_of(person_of(visit.caller))),
        consent_since=_when(visit, consent.given_at) if consent else "",
        consent_form=visit.form(PortalForm),
        sessions=sessions,
        notice=notice,
        session_form=visit.form(SessionForm),
        language_form=visit.form(LanguageForm),
    )


async def _password_page(visit: Visit, form: PasswordForm, status: int = 200) -> Response:
    own = await own_account(visit.caller)
    return visit.page("change_password.html", status, form=form, email=own.email)


async def _address_page(visit: Visit, form: AddressForm, status: int = 200) -> Response:
    return visit.page("change_address.html", status, form=form, own=await own_account(visit.caller))


def _when(visit: Visit, moment: datetime) -> str:
    return moment_in_words(moment, visit.organization.time_zone, visit.language)
