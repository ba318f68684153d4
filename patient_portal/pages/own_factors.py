"""A person's own second step: codes from an app are added, factors removed, recovery codes renewed.

Everything here asks for the password again unless the person signed in within the last minutes.
"""

from collections.abc import Mapping
from uuid import UUID

from starlette.responses import Response
from wtforms import HiddenField

from clinic.factors.actions import (
    TotpBegun,
    finish_totp,
    remove_factor,
    renew_recovery_codes,
    start_totp,
    totp_begun,
)
from clinic.factors.actions.reauthenticate import reauthenticate_by_factor
from clinic.factors.challenges import open_challenge
from clinic.factors.errors import (
    ChallengeNotUsable,
    FactorRefused,
    LongerPasswordNeeded,
    SecondFactorNeeded,
)
from clinic.factors.models import ChallengePurpose
from clinic.factors.person import person_of
from clinic.factors.queries import visible_factors
from clinic.portal_access.actions.second_step import reauthenticate_patient
from clinic.portal_access.queries import own_account
from clinic.values.errors import FreshSignInNeeded, NotFound, WrongCredentials
from clinic.values.factors import FactorKind
from clinic.values.limits import MOST_PASSKEYS
from clinic.work.fresh_sign_in import require_fresh
from patient_portal.web.dates import moment_in_words
from patient_portal.web.fields import WRONG_PASSWORD, Required, SecretField, current_password_field
from patient_portal.web.forms import PortalForm, posted
from patient_portal.web.language import N_
from patient_portal.web.second_step import SecondStepForm, ask_again, ask_second_step
from patient_portal.web.visit import Visit

ROOM = "account/second-step"
PROVE = f"{ROOM}/prove"
DONE: Mapping[str, str] = {
    "removed": N_("Removed. We have told you by email."),
    "full": N_("You have %(most)s passkeys, and there is room for no more. Remove one first."),
    "late": N_("That took too long or is done already. Start again."),
    "password": N_("Choose a password of at least 15 characters first: a shorter one does only with a second step."),
}


class ProveForm(PortalForm):
    """The password once more."""

    password = current_password_field()


class FirstCodeForm(PortalForm):
    """The first code that the app shows. `challenge` names the step."""

    challenge = HiddenField()
    code = SecretField(N_("Code that the app shows"), [Required(N_("Enter the code."))])


class FactorForm(PortalForm):
    """The factor to remove."""

    factor = HiddenField()


async def own_factors(visit: Visit) -> Response:
    """`GET /{slug}/account/second-step`: what there is, or the password once more."""
    try:
        await require_fresh(visit.caller, visit.services.clock.now())
    except FreshSignInNeeded:
        return await _prove_page(visit, visit.form(ProveForm))
    factors = (await visible_factors(visit.caller, [visit.caller.account_id]))[visit.caller.account_id]
    listed = [
        {
            "id": str(factor.id),
            "name": factor.name if factor.kind is FactorKind.PASSKEY else visit.gettext(N_("Codes from an app")),
            "since": moment_in_words(factor.created_at, visit.organization.time_zone, visit.language),
        }
        for factor in factors
    ]
    done = DONE.get(visit.request.query_params.get("done", ""))
    return visit.page(
        "own_factors.html",
        factors=listed,
        has_codes=any(factor.kind is FactorKind.TOTP for factor in factors),
        notice=visit.gettext(done, most=str(MOST_PASSKEYS)) if done else "",
        form=visit.form(PortalForm),
        factor_form=visit.form(FactorForm),
    )


async def to_own_factors(visit: Visit) -> Response:
    """`GET` of an address that only takes forms."""
    return visit.go(ROOM)


async def prove(visit: Visit) -> Response:
    """`POST /{slug}/account/second-step/prove`: the password, and then a code where the person has them."""
    if "challenge" in await posted(visit.request):
        return await _prove_by_code(visit)
    form = await visit.posted(ProveForm)
    if not form.validate():
        return await _prove_page(visit, form, 403 if form.forged else 422)
    try:
        await reauthenticate_patient(visit.caller, form.password.data or "", visit.services)
    except SecondFactorNeeded as needed:
        return ask_second_step(visit, needed, path=PROVE)
    except WrongCredentials as refusal:
        visit.log_refusal(refusal)
        form.add_error("password", visit.gettext(WRONG_PASSWORD))
        return await _prove_page(visit, form, 422)
    return visit.go(ROOM)


async def _prove_by_code(visit: Visit) -> Response:
    form = await visit.posted(SecondStepForm)
    token, person, now = form.challenge.data or "", person_of(visit.caller), visit.services.clock.now()
    purpose, session_id = ChallengePurpose.REAUTHENTICATE, visit.caller.session_id
    try:
        begun = await open_challenge(token, purpose, now, person=person, session_id=session_id)
        if not form.validate():
            return await ask_again(visit, form, person, begun, PROVE)
        try:
            await reauthenticate_by_factor(visit.caller, token, form.proof, visit.services)
        except FactorRefused as refusal:
            form.refuse(visit, refusal)
            return await ask_again(visit, form, person, begun, PROVE)
    except ChallengeNotUsable:
        return visit.go(ROOM, done="late")
    return visit.go(ROOM)


async def add_codes(visit: Visit) -> Response:
    """`POST /{slug}/account/second-step/codes`: the QR code, and then the first code of the app."""
    form = await visit.posted(FirstCodeForm)
    valid = form.validate()
    try:
        if not form.challenge.data:
            if form.forged:
                return visit.go(ROOM)
            begun = await start_totp(visit.caller, visit.services)
            return _codes_page(visit, visit.form(FirstCodeForm, challenge=begun.challenge), begun)
        begun = await totp_begun(visit.caller, form.challenge.data, visit.services)
        if not valid:
            return _codes_page(visit, form, begun, 403 if form.forged else 422)
        return await _finish_codes(visit, form, begun)
    except FreshSignInNeeded:
        return visit.go(ROOM)
    except ChallengeNotUsable:
        return visit.go(ROOM, done="late")


async def _finish_codes(visit: Visit, form: FirstCodeForm, begun: TotpBegun) -> Response:
    try:
        added = await finish_totp(visit.caller, begun.challenge, form.code.data or "", visit.services)
    except FactorRefused:
        form.add_error("code", visit.gettext(N_("This code is not right. Enter the one that the app shows now.")))
        return _codes_page(visit, form, begun, 422)
    return visit.page("recovery_codes.html", codes=added.recovery_codes)


async def remove(visit: Visit) -> Response:
    """`POST /{slug}/account/second-step/remove`."""
    form = await visit.posted(FactorForm)
    if not form.validate():
        return visit.go(ROOM)
    try:
        await remove_factor(visit.caller, _uuid(form.factor.data or ""), visit.services)
    except (FreshSignInNeeded, NotFound):
        return visit.go(ROOM)
    except LongerPasswordNeeded:
        return visit.go(ROOM, done="password")
    return visit.go(ROOM, done="removed")


async def renew_codes(visit: Visit) -> Response:
    """`POST /{slug}/account/second-step/recovery`: ten new recovery codes, shown once."""
    form = await visit.posted(PortalForm)
    if not form.validate():
        return visit.go(ROOM)
    try:
        codes = await renew_recovery_codes(visit.caller, visit.services)
    except FreshSignInNeeded:
        return visit.go(ROOM)
    return visit.page("recovery_codes.html", codes=codes)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _prove_page(visit: Visit, form: ProveForm, status: int = 200) -> Response:
    return visit.page("prove.html", status, form=form, path=PROVE, email=(await own_account(visit.caller)).email)


def _codes_page(visit: Visit, form: FirstCodeForm, begun: TotpBegun, status: int = 200) -> Response:
    secret = " ".join(begun.secret[start : start + 4] for start in range(0, len(begun.secret), 4))
    return visit.page("add_codes.html", status, form=form, qr_code=begun.qr_code, secret=secret)
