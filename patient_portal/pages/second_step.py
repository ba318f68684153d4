"""The second page of a sign-in, for a person who added a passkey or codes from an app."""

from starlette.responses import Response

from clinic.factors.errors import ChallengeNotUsable, FactorRefused
from clinic.portal_access.actions.second_step import complete_patient_sign_in
from clinic.sessions.actions import end_session
from patient_portal.pages.sign_in import start_session
from patient_portal.web.second_step import SecondStepForm, ask_again, open_sign_in
from patient_portal.web.visit import Visit


async def to_sign_in(visit: Visit) -> Response:
    """`GET /{slug}/second-step`: without the password there is no second step."""
    return visit.go()


async def finish_sign_in(visit: Visit) -> Response:
    """`POST /{slug}/second-step`: opens the session."""
    previous_session, visit.patient = visit.patient, None
    form = await visit.posted(SecondStepForm)
    token = form.challenge.data or ""
    try:
        person, begun = await open_sign_in(visit, token)
        if not form.validate():
            return await ask_again(visit, form, person, begun)
        try:
            signed_in = await complete_patient_sign_in(begun, token, form.proof, visit.anonymous.origin, visit.services)
        except FactorRefused as refusal:
            form.refuse(visit, refusal)
            return await ask_again(visit, form, person, begun)
    except ChallengeNotUsable:
        return visit.go(again="1")
    if previous_session:
        await end_session(previous_session, visit.services)
    return start_session(visit, signed_in, visit.go_back_to(form.next.data, otherwise="documents"))
