"""Signing in, returning to the page the person was on, and signing out."""

from starlette.exceptions import HTTPException
from starlette.responses import Response
from wtforms import HiddenField

from clinic.factors.errors import SecondFactorNeeded
from clinic.portal_access.actions import SignedIn, sign_in_patient
from clinic.sessions.actions import end_session
from clinic.sessions.models import SessionKind
from clinic.values.errors import AccountClosed, WrongCredentials
from patient_portal.web.fields import Required, SecretField, email_field
from patient_portal.web.forms import PortalForm
from patient_portal.web.language import N_
from patient_portal.web.second_step import ask_second_step
from patient_portal.web.security import path_inside
from patient_portal.web.visit import Visit


class SignInForm(PortalForm):
    """`next` is where to go afterwards; it is checked again when it is used."""

    next = HiddenField()
    email = email_field()
    password = SecretField(N_("Password"), [Required(N_("Enter your password."))])


async def home(visit: Visit) -> Response:
    """`GET /{slug}/`: the way in. People who are in already go straight to their documents."""
    wanted = visit.request.query_params.get("next", "")
    if visit.patient:
        return visit.go_back_to(wanted, otherwise="documents")
    inside = wanted if path_inside(visit.slug, wanted) else ""
    return _sign_in_page(visit, visit.form(SignInForm, next=inside), notice=_notice(visit, inside))


async def sign_in(visit: Visit) -> Response:
    """`POST /{slug}/`: the same answer for a wrong password and an unknown address."""
    previous_session = visit.patient
    # The form was fetched by the browser before anyone was signed in; a session of another tab doesn't change that.
    visit.patient = None
    form = await visit.posted(SignInForm)
    if not form.validate():
        return _sign_in_page(visit, form, status=403 if form.forged else 422)
    try:
        signed_in = await sign_in_patient(
            visit.anonymous,
            form.email.data or "",
            form.password.data or "",
            visit.services,
            kind=SessionKind.BROWSER,
        )
    except SecondFactorNeeded as needed:
        return ask_second_step(visit, needed, form.next.data or "")
    except AccountClosed as closed:
        visit.log_refusal(closed)
        form.add_error("email", _closed_words(visit, closed))
        return _sign_in_page(visit, form, status=422)
    except WrongCredentials as refusal:
        visit.log_refusal(refusal)
        form.add_error("email", visit.gettext(N_("The email address or the password is not right. Check both.")))
        return _sign_in_page(visit, form, status=422)
    if previous_session:
        await end_session(previous_session, visit.services)
    return start_session(visit, signed_in, visit.go_back_to(form.next.data, otherwise="documents"))


def _closed_words(visit: Visit, closed: AccountClosed) -> str:
    if not closed.phone:
        return visit.gettext(N_("Your account is closed. Nobody can sign in with it. Ask the practice if you need it."))
    return visit.gettext(
        N_("Your account is closed. Nobody can sign in with it. If you need it, call %(name)s: %(phone)s."),
        name=closed.organization,
        phone=closed.phone,
    )


def start_session(visit: Visit, signed_in: SignedIn, response: Response) -> Response:
    """Set the session cookie, and continue in the language that the person chose, here or for the account."""
    visit.prefer(signed_in.account.language)
    visit.cookies.keep_session(response, visit.slug, signed_in.session.access_token)
    visit.cookies.keep_language(response, visit.language)
    return response


async def sign_out(visit: Visit) -> Response:
    """`POST /{slug}/sign-out`: ends the session here and on the server. Without one there is nothing to guard."""
    if visit.patient:
        form = await visit.posted(PortalForm)
        if not form.validate():
            raise HTTPException(403)
        await end_session(visit.patient, visit.services)
    response = visit.go(left="1")
    visit.cookies.drop_session(response, visit.slug)
    return response


def _sign_in_page(visit: Visit, form: SignInForm, status: int = 200, notice: str = "") -> Response:
    return visit.page("home.html", status, form=form, notice=notice)


def _notice(visit: Visit, wanted: str) -> str:
    if wanted and visit.cookies.session(visit.request, visit.slug):
        return visit.gettext(N_("For your safety, your session has ended. Sign in to go on where you were."))
    if wanted:
        return visit.gettext(N_("Sign in to see this page."))
    if visit.request.query_params.get("again"):
        return visit.gettext(N_("That took too long or is done already. Sign in again."))
    if visit.request.query_params.get("left"):
        return visit.gettext(N_("You are signed out. On a shared computer, close this window too."))
    return ""
