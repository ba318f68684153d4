"""Signing a document with the portal password, or declining it.

Product §3.5, security.md (Signing). The form carries the digest of what was read; whatever stands in the way leads
back to the document's page, which says where it stands now.
"""

from collections.abc import Mapping

from starlette.responses import Response
from wtforms import HiddenField, StringField, TextAreaField

from clinic.documents.actions.decline import decline_document
from clinic.documents.actions.sign import SigningForm, sign_document
from clinic.documents.consent import ConsentOffer, consent_offer
from clinic.documents.errors import (
    AlreadySigned,
    DocumentChanged,
    DocumentClosed,
    NotASigner,
    NotYourTurn,
)
from clinic.documents.typed_name import may_be_unfinished
from clinic.values.errors import ClinicError, InvalidInput, SessionEnded, WrongCredentials
from patient_portal.pages.document_access import OpenDocument, document_view, own_kind_in_words
from patient_portal.pages.signing_progress import SigningProgress
from patient_portal.web.advice import input_advice, problem_advice
from patient_portal.web.fields import WRONG_PASSWORD, Required, SecretField
from patient_portal.web.forms import PortalForm
from patient_portal.web.language import N_
from patient_portal.web.visit import Visit

NOT_AGREED = N_("You have not agreed to the words below. Please read them, then sign.")
FULL_NAME = N_("Is this your full name? If it is, enter your password and sign once more. If not, type your full name.")
# The query parameter that tells the document's page why it was not signed.
_WHY: Mapping[type[ClinicError], str] = {
    NotASigner: "asked",
    NotYourTurn: "turn",
    DocumentChanged: "changed",
    DocumentClosed: "closed",
}
# The refusals that lead to another page.
_LED_ELSEWHERE: tuple[type[ClinicError], ...] = (AlreadySigned, SessionEnded, *_WHY)


class SignForm(PortalForm):
    """`sha256` is of what the person read; the agreement's version and language are those of the words beside the
    button, and the version is empty where none are. `asked_name` is the name that the page has asked about."""

    sha256 = HiddenField()
    consent_version = HiddenField()
    consent_language = HiddenField()
    asked_name = HiddenField()
    typed_name = StringField(N_("Type your full name"), [Required(N_("Type your full name."))])
    password = SecretField(N_("Your portal password"), [Required(N_("Enter your password."))])


class DeclineForm(PortalForm):
    """The reason for declining."""

    reason = TextAreaField(N_("Why do you decline?"), [Required(N_("Tell us in a few words why."))])


async def document_to_sign(visit: Visit, opened: OpenDocument) -> Response:
    """`GET /{slug}/documents/{id}/sign`: the form; `sha256` is what the page one comes from has shown."""
    shown = visit.request.query_params.get("sha256", opened.document.sha256)
    if shown != opened.document.sha256:
        return _to_document(visit, opened, DocumentChanged())
    view = await document_view(visit, opened)
    if view.signing.progress is not SigningProgress.YOUR_TURN:
        # Its page says whose turn it is, or that it is done.
        return visit.go(_document_path(opened))
    return await _sign_page(visit, opened, visit.form(SignForm, sha256=shown))


async def sign(visit: Visit, opened: OpenDocument) -> Response:
    """`POST /{slug}/documents/{id}/sign`: signed once, however often it is sent."""
    form = await visit.posted(SignForm)
    if not form.validate():
        return await _sign_page(visit, opened, form, 403 if form.forged else 422)
    if await _must_ask(visit, opened, form):
        form.asked_name.data = form.typed_name.data
        form.add_error("typed_name", visit.gettext(FULL_NAME))
        return await _sign_page(visit, opened, form, 422)
    typed = SigningForm(
        document_id=opened.document.id,
        sha256=form.sha256.data or "",
        typed_name=form.typed_name.data or "",
        password=form.password.data or "",
        consent_version=form.consent_version.data or "",
        # Another tab may have changed the visit's language since.
        language=form.consent_language.data or visit.language,
    )
    try:
        await sign_document(visit.caller, typed, visit.services)
    except WrongCredentials as refusal:
        visit.log_refusal(refusal)
        form.add_error("password", visit.gettext(WRONG_PASSWORD))
        return await _sign_page(visit, opened, form, 422)
    except InvalidInput as refusal:
        for problem in refusal.problems:
            agreed = problem.path != "consentVersion"
            form.add_error("typed_name", problem_advice(visit, problem) if agreed else visit.gettext(NOT_AGREED))
        return await _sign_page(visit, opened, form, 422)
    except _LED_ELSEWHERE as refusal:
        return _elsewhere(visit, opened, refusal)
    return visit.go(_document_path(opened), signed="1")


async def _must_ask(visit: Visit, opened: OpenDocument, form: SignForm) -> bool:
    """Whether the typed name may be unfinished, and the person has not said yet that it is theirs."""
    typed = form.typed_name.data or ""
    if form.asked_name.data == typed:
        return False
    own = (await document_view(visit, opened)).signing.own
    return own is not None and own.signed_at is None and may_be_unfinished(typed, own.signer_name)


async def document_to_decline(visit: Visit, opened: OpenDocument) -> Response:
    """`GET /{slug}/documents/{id}/decline`: the form."""
    view = await document_view(visit, opened)
    if view.signing.progress is not SigningProgress.YOUR_TURN:
        return visit.go(_document_path(opened))
    return await _decline_page(visit, opened, visit.form(DeclineForm))


async def decline(visit: Visit, opened: OpenDocument) -> Response:
    """`POST /{slug}/documents/{id}/decline`: nobody can sign it any more."""
    form = await visit.posted(DeclineForm)
    if not form.validate():
        return await _decline_page(visit, opened, form, 403 if form.forged else 422)
    try:
        await decline_document(
            visit.caller, opened.document.id, " ".join((form.reason.data or "").split()), visit.services
        )
    except InvalidInput as refusal:
        form.add_errors("reason", input_advice(visit, refusal))
        return await _decline_page(visit, opened, form, 422)
    except _LED_ELSEWHERE as refusal:
        return _elsewhere(visit, opened, refusal)
    return visit.go(_document_path(opened), declined="1")


def _elsewhere(visit: Visit, opened: OpenDocument, refusal: ClinicError) -> Response:
    """The page that says why it was not signed. After a second click it says that it was signed."""
    match refusal:
        case AlreadySigned():
            return visit.go(_document_path(opened), signed="1")
        case SessionEnded():
            return visit.go(next=visit.request.url.path)
    return _to_document(visit, opened, refusal)


def _to_document(visit: Visit, opened: OpenDocument, refusal: ClinicError) -> Response:
    return visit.go(_document_path(opened), **{_WHY[type(refusal)]: "1"})


def _document_path(opened: OpenDocument) -> str:
    return f"documents/{opened.document.id}"


async def _sign_page(visit: Visit, opened: OpenDocument, form: SignForm, status: int = 200) -> Response:
    offer: ConsentOffer = await consent_offer(visit.caller.account_id, visit.organization.name, visit.language)
    # The words shown with this page are those that are agreed to with it, and no others.
    form.consent_version.data = "" if offer.given else offer.version
    form.consent_language.data = offer.language
    view = await document_view(visit, opened)
    return visit.page(
        "sign.html",
        status,
        form=form,
        opened=opened,
        row=view.row,
        own_kind=own_kind_in_words(visit, view),
        offer=offer,
    )


async def _decline_page(visit: Visit, opened: OpenDocument, form: DeclineForm, status: int = 200) -> Response:
    view = await document_view(visit, opened)
    return visit.page(
        "decline.html", status, form=form, opened=opened, row=view.row, own_kind=own_kind_in_words(visit, view)
    )
