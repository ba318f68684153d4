"""Registering by invitation. Opening the letter's link changes nothing; only what the person types and sends does.

The token leaves the address at once: the link's page puts it into a short-lived cookie, the form into a hidden field,
so that two open letters don't disturb each other.
"""

from starlette.responses import Response
from wtforms import HiddenField

from clinic.portal_access.actions import accept_invitation, request_fresh_invitation
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.errors import IdentityNotConfirmed, InvitationNotUsable
from clinic.portal_access.queries import IdentityProof, InvitationView, find_invitation
from clinic.sessions.actions import end_session
from clinic.sessions.models import SessionKind
from clinic.values.errors import WeakPassword
from patient_portal.web.advice import password_advice
from patient_portal.web.chosen_password import add_weaknesses, new_password_field
from patient_portal.web.cookies import looks_like_secret
from patient_portal.web.fields import NO_MATCH, date_of_birth_field, pin_field
from patient_portal.web.forms import PortalForm
from patient_portal.web.mailed_links import token_in_address
from patient_portal.web.visit import Visit


class FreshLinkForm(PortalForm):
    """Asks for a new letter to the same address."""

    token = HiddenField()


class ByDateOfBirth(PortalForm):
    """The ordinary case: the record has a date of birth."""

    token = HiddenField()
    date_of_birth = date_of_birth_field()
    password = new_password_field()

    def claim(self) -> IdentityClaim:
        return IdentityClaim(date_of_birth=self.date_of_birth.data)


class ByPin(PortalForm):
    """The record has no date of birth: the PIN from the printed sheet proves who it is."""

    token = HiddenField()
    pin = pin_field()
    password = new_password_field()

    def claim(self) -> IdentityClaim:
        return IdentityClaim(pin=self.pin.data)


RegistrationForm = ByDateOfBirth | ByPin


async def open_link(visit: Visit) -> Response:
    """`GET /{slug}/register/{token}`, as often as a mail scanner likes: nothing is read and nothing changes."""
    response = visit.go("register/invitation")
    if token := token_in_address(visit):
        visit.cookies.keep_invitation(response, visit.slug, token)
    else:
        visit.cookies.drop_invitation(response, visit.slug)
    return response


async def invitation(visit: Visit) -> Response:
    """`GET /{slug}/register/invitation`: the form, or what to do instead."""
    # The form belongs to the browser and the letter, even if somebody else is signed in on this computer.
    visit.patient = None
    token = visit.cookies.invitation(visit.request, visit.slug) or ""
    found = await _find(visit, token)
    if found is None or found.not_usable:
        return _instead(visit, token, found)
    return _form_page(visit, _form(visit, found, token), found)


async def register(visit: Visit) -> Response:
    """`POST /{slug}/register/invitation`: proves who it is, sets the password, signs in."""
    previous_session, visit.patient = visit.patient, None
    token = await _posted_token(visit)
    found = await _find(visit, token)
    if found is None or found.not_usable:
        return _instead(visit, token, found)
    form = await visit.posted(_kind_of_form(found))
    if not form.validate():
        await add_weaknesses(visit, form)
        return _form_page(visit, form, found, status=403 if form.forged else 422)
    response = await _accept(visit, form, found)
    if previous_session and response.status_code == 303:
        await end_session(previous_session, visit.services)
    return response


async def to_invitation(visit: Visit) -> Response:
    """`GET /{slug}/register/fresh`, for example by the language switch after a form that failed."""
    return visit.go("register/invitation")


async def send_fresh_link(visit: Visit) -> Response:
    """`POST /{slug}/register/fresh`: a new letter to the same address; the same answer in every case."""
    visit.patient = None
    form = await visit.posted(FreshLinkForm)
    token = form.token.data or ""
    if not form.validate():
        return _instead(visit, token, await _find(visit, token), form)
    await _find(visit, token)
    if looks_like_secret(token):
        await request_fresh_invitation(visit.anonymous, token, visit.services)
    response = visit.go("register/sent")
    visit.cookies.drop_invitation(response, visit.slug)
    # The next page goes on in the language of this one: the letter's, unless the person chose another.
    visit.cookies.keep_language(response, visit.language)
    return response


async def fresh_link_sent(visit: Visit) -> Response:
    """`GET /{slug}/register/sent`: what happens now, and what to do if no letter comes."""
    return visit.page("fresh_link_sent.html")


async def _accept(visit: Visit, form: RegistrationForm, found: InvitationView) -> Response:
    token, password = form.token.data or "", form.password.data or ""
    try:
        signed_in = await accept_invitation(
            visit.anonymous, token, form.claim(), password, visit.services, kind=SessionKind.BROWSER
        )
    except IdentityNotConfirmed as refusal:
        visit.log_refusal(refusal)
        proof = "date_of_birth" if isinstance(form, ByDateOfBirth) else "pin"
        form.add_error(proof, visit.gettext(NO_MATCH))
        await add_weaknesses(visit, form)
        return _form_page(visit, form, found, status=422)
    except WeakPassword as refusal:
        form.add_errors("password", password_advice(visit, refusal))
        return _form_page(visit, form, found, status=422)
    except InvitationNotUsable:
        # Somebody was faster, perhaps the same person in another tab.
        return _instead(visit, token, await _find(visit, token))
    response = visit.go("documents", welcome="1")
    visit.cookies.keep_session(response, visit.slug, signed_in.session.access_token)
    visit.cookies.drop_invitation(response, visit.slug)
    # The rest of the visit goes on in the language the person just read.
    visit.cookies.keep_language(response, visit.language)
    return response


async def _posted_token(visit: Visit) -> str:
    token: str = (await visit.posted(FreshLinkForm)).token.data or ""
    return token


async def _find(visit: Visit, token: str) -> InvitationView | None:
    if not looks_like_secret(token):
        return None
    found = await find_invitation(visit.organization.id, token, visit.services)
    if found:
        visit.prefer(found.language)
    return found


def _kind_of_form(found: InvitationView) -> type[ByDateOfBirth] | type[ByPin]:
    return ByDateOfBirth if found.asks is IdentityProof.DATE_OF_BIRTH else ByPin


def _form(visit: Visit, found: InvitationView, token: str) -> RegistrationForm:
    return visit.form(_kind_of_form(found), token=token)


def _form_page(visit: Visit, form: RegistrationForm, found: InvitationView, status: int = 200) -> Response:
    return visit.page("register.html", status, form=form, invitation=found)


def _instead(visit: Visit, token: str, found: InvitationView | None, form: FreshLinkForm | None = None) -> Response:
    """The page of a link that opens nothing: what happened, what it means, what to do."""
    form = form or visit.form(FreshLinkForm, token=token)
    status = 403 if form.forged else 410 if found else 404
    return visit.page("link_not_usable.html", status, form=form, invitation=found, reason=_reason(found))


def _reason(found: InvitationView | None) -> str:
    return (found.not_usable if found else None) or "UNKNOWN"
