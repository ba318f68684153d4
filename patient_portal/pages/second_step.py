"""The second page of a sign-in, for a person who added codes from an app: a code, or a recovery code."""

from starlette.responses import Response

from clinic.factors.challenges import open_challenge
from clinic.factors.errors import ChallengeNotUsable, FactorRefused
from clinic.factors.models import ChallengePurpose
from clinic.portal_access.actions.second_step import complete_patient_sign_in
from clinic.sessions.actions import end_session
from patient_portal.pages.sign_in import start_session
from patient_portal.web.second_step import WRONG_CODE, SecondStepForm, proof_of, second_step_page
from patient_portal.web.visit import Visit


async def to_sign_in(visit: Visit) -> Response:
    """`GET /{slug}/second-step`: without the password there is no second step."""
    return visit.go()


async def finish_sign_in(visit: Visit) -> Response:
    """`POST /{slug}/second-step`: opens the session."""
    previous_session, visit.patient = visit.patient, None
    form = await visit.posted(SecondStepForm)
    if not form.validate():
        return second_step_page(visit, form, 403 if form.forged else 422)
    token = form.challenge.data or ""
    try:
        begun = await open_challenge(token, ChallengePurpose.SIGN_IN, visit.services.clock.now())
        if begun.account_id is None or begun.organization_id != visit.organization.id:
            raise ChallengeNotUsable
        proof, origin = proof_of(form.code.data or ""), visit.anonymous.origin
        signed_in = await complete_patient_sign_in(begun, token, proof, origin, visit.services)
    except FactorRefused as refusal:
        visit.log_refusal(refusal)
        form.add_error("code", visit.gettext(WRONG_CODE))
        return second_step_page(visit, form, 422)
    except ChallengeNotUsable:
        return visit.go(again="1")
    if previous_session:
        await end_session(previous_session, visit.services)
    return start_session(visit, signed_in, visit.go_back_to(form.next.data, otherwise="documents"))
