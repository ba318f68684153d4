"""The page of a letter that confirms an address: a button, and a password field if it is another browser."""

from starlette.responses import Response
from wtforms import HiddenField

from clinic.factors.errors import SecondFactorNeeded
from clinic.portal_access.actions import confirm_email
from clinic.portal_access.errors import ChooseNewPassword, LinkNotUsable, PasswordNeeded
from clinic.portal_access.models import TokenPurpose
from clinic.portal_access.queries import AccountLinkView, find_account_link
from clinic.sessions.actions import end_session
from clinic.sessions.models import SessionKind
from clinic.values.errors import WeakPassword, WrongCredentials
from patient_portal.pages.sign_in import start_session
from patient_portal.web.advice import password_advice
from patient_portal.web.chosen_password import new_password_field
from patient_portal.web.fields import WRONG_PASSWORD, current_password_field
from patient_portal.web.forms import PortalForm
from patient_portal.web.mailed_links import VERIFY, LinkForm, not_usable, opened_token, posted_token
from patient_portal.web.second_step import ask_second_step
from patient_portal.web.visit import Visit


class WithNewPassword(PortalForm):
    """A new account that is confirmed in another browser: the password typed at registration does not count."""

    token = HiddenField()
    password = new_password_field()


class WithPassword(PortalForm):
    """A new address that is confirmed in another browser: the reader of the letter may be a stranger."""

    token = HiddenField()
    password = current_password_field()


ConfirmationForm = LinkForm | WithNewPassword | WithPassword


async def address_to_confirm(visit: Visit) -> Response:
    """`GET /{slug}/verify`: the button, or what to do instead."""
    visit.patient = None
    token = opened_token(visit, VERIFY)
    try:
        found = await _find(visit, token)
    except LinkNotUsable as refusal:
        return not_usable(visit, VERIFY, refusal)
    return _page(visit, visit.form(_kind_of_form(found), token=token), found)


async def confirm_address(visit: Visit) -> Response:
    """`POST /{slug}/verify`: confirms the address and signs in."""
    previous_session, visit.patient = visit.patient, None
    token = await posted_token(visit)
    try:
        found = await _find(visit, token)
        form = await visit.posted(_kind_of_form(found))
        if not form.validate():
            return _page(visit, form, found, 403 if form.forged else 422)
        response = await _confirm(visit, token, form, found)
    except LinkNotUsable as refusal:
        return not_usable(visit, VERIFY, refusal)
    if previous_session and response.status_code == 303:
        await end_session(previous_session, visit.services)
    return response


async def _confirm(visit: Visit, token: str, form: ConfirmationForm, found: AccountLinkView) -> Response:
    typed = None if isinstance(form, LinkForm) else form.password.data
    try:
        signed_in = await confirm_email(
            visit.anonymous,
            token,
            visit.services,
            kind=SessionKind.BROWSER,
            browser_token=visit.browser,
            new_password=typed if isinstance(form, WithNewPassword) else None,
            password=typed if isinstance(form, WithPassword) else None,
        )
    except SecondFactorNeeded as needed:
        asked = ask_second_step(visit, needed)
        visit.cookies.drop_link(asked, visit.slug, VERIFY)
        return asked
    except WeakPassword as refusal:
        form.add_errors("password", password_advice(visit, refusal))
        return _page(visit, form, found, 422)
    except WrongCredentials as refusal:
        visit.log_refusal(refusal)
        form.add_error("password", visit.gettext(WRONG_PASSWORD))
        return _page(visit, form, found, 422)
    except (ChooseNewPassword, PasswordNeeded):
        # The browser lost its cookie after the page was made. The page asks for a password when it is fetched again.
        return visit.go(VERIFY)
    moved = found.purpose is TokenPurpose.CONFIRM_NEW_EMAIL
    answer = visit.go("account", done="email") if moved else visit.go("documents", welcome="1")
    visit.cookies.drop_link(answer, visit.slug, VERIFY)
    return start_session(visit, signed_in, answer)


async def _find(visit: Visit, token: str) -> AccountLinkView:
    purposes = (TokenPurpose.VERIFY_EMAIL, TokenPurpose.CONFIRM_NEW_EMAIL)
    return await find_account_link(visit.organization.id, token, visit.browser, visit.services, *purposes)


def _kind_of_form(found: AccountLinkView) -> type[LinkForm] | type[WithNewPassword] | type[WithPassword]:
    if found.same_browser:
        return LinkForm
    return WithNewPassword if found.purpose is TokenPurpose.VERIFY_EMAIL else WithPassword


def _page(visit: Visit, form: ConfirmationForm, found: AccountLinkView, status: int = 200) -> Response:
    moving = found.purpose is TokenPurpose.CONFIRM_NEW_EMAIL
    return visit.page("address_confirmation.html", status, form=form, link=found, moving=moving)
