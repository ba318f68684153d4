"""Proving one's identity: connecting records with the PIN, and one question after staff linked the account."""

from starlette.responses import Response
from wtforms import HiddenField

from clinic.portal_access.actions import confirm_identity, connect_with_pin
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.errors import AlreadyLinked, IdentityNotConfirmed, NotLinked
from clinic.portal_access.queries import IdentityProof, OwnAccount, own_account
from patient_portal.web.dates import day_in_words
from patient_portal.web.fields import NO_MATCH, date_of_birth_field, pin_field
from patient_portal.web.forms import PortalForm
from patient_portal.web.visit import Visit


class ConnectForm(PortalForm):
    """The PIN from the printed sheet, and something that only the person knows."""

    pin = pin_field()
    date_of_birth = date_of_birth_field()


class ConfirmByDateOfBirth(PortalForm):
    """The ordinary case: the record has a date of birth. `next` is checked again when it is used."""

    next = HiddenField()
    date_of_birth = date_of_birth_field()

    def claim(self) -> IdentityClaim:
        return IdentityClaim(date_of_birth=self.date_of_birth.data)


class ConfirmByPin(PortalForm):
    """The record has no date of birth."""

    next = HiddenField()
    pin = pin_field()

    def claim(self) -> IdentityClaim:
        return IdentityClaim(pin=self.pin.data)


ConfirmForm = ConfirmByDateOfBirth | ConfirmByPin


async def records_to_connect(visit: Visit) -> Response:
    """`GET /{slug}/connect`: the form; people who are linked have nothing to do here."""
    if (await own_account(visit.caller)).linked:
        return visit.go("documents")
    return _connect_page(visit, visit.form(ConnectForm))


async def connect_records(visit: Visit) -> Response:
    """`POST /{slug}/connect`: the same words for every miss."""
    form = await visit.posted(ConnectForm)
    if not form.validate():
        return _connect_page(visit, form, 403 if form.forged else 422)
    try:
        await connect_with_pin(visit.caller, form.pin.data or "", form.date_of_birth.data, visit.services)
    except AlreadyLinked:
        return visit.go("documents")
    except IdentityNotConfirmed as refusal:
        visit.log_refusal(refusal)
        form.add_error("pin", visit.gettext(NO_MATCH))
        return _connect_page(visit, form, 422)
    return visit.go("documents", connected="1")


async def identity_to_confirm(visit: Visit) -> Response:
    """`GET /{slug}/confirm`: asked once, before anything of the record is shown."""
    account = await own_account(visit.caller)
    if account.must_confirm_by is None:
        return visit.go("documents")
    wanted = visit.request.query_params.get("next", "")
    return _confirm_page(visit, visit.form(_kind_of_form(account.must_confirm_by), next=wanted), account)


async def confirm_own_identity(visit: Visit) -> Response:
    """`POST /{slug}/confirm`: opens the record, and goes on to where the person wanted to be."""
    account = await own_account(visit.caller)
    if account.must_confirm_by is None:
        return visit.go("documents")
    form = await visit.posted(_kind_of_form(account.must_confirm_by))
    if not form.validate():
        return _confirm_page(visit, form, account, 403 if form.forged else 422)
    try:
        await confirm_identity(visit.caller, form.claim(), visit.services)
    except NotLinked:
        return visit.go("documents")
    except IdentityNotConfirmed as refusal:
        visit.log_refusal(refusal)
        name = "date_of_birth" if isinstance(form, ConfirmByDateOfBirth) else "pin"
        form.add_error(name, visit.gettext(NO_MATCH))
        return _confirm_page(visit, form, account, 422)
    return visit.go_back_to(form.next.data, otherwise="documents")


def _kind_of_form(asked: IdentityProof) -> type[ConfirmByDateOfBirth] | type[ConfirmByPin]:
    return ConfirmByDateOfBirth if asked is IdentityProof.DATE_OF_BIRTH else ConfirmByPin


def _connect_page(visit: Visit, form: ConnectForm, status: int = 200) -> Response:
    return visit.page("connect.html", status, form=form)


def _confirm_page(visit: Visit, form: ConfirmForm, account: OwnAccount, status: int = 200) -> Response:
    at = account.transferred_at
    day = day_in_words(at, visit.organization.time_zone, visit.language) if at else ""
    return visit.page("confirm.html", status, form=form, transferred_on=day)
