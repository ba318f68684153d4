"""The page of the letter that announces a change of address. The owner can object here."""

from starlette.responses import Response

from clinic.portal_access.actions import keep_email
from clinic.portal_access.errors import LinkNotUsable
from clinic.portal_access.models import TokenPurpose
from clinic.portal_access.queries import find_account_link
from patient_portal.web.mailed_links import KEEP, LinkForm, not_usable, opened_token, posted_token
from patient_portal.web.visit import Visit


async def address_to_keep(visit: Visit) -> Response:
    """`GET /{slug}/keep`: what the button does, before anybody presses it."""
    visit.patient = None
    token = opened_token(visit, KEEP)
    try:
        return await _page(visit, token, visit.form(LinkForm, token=token))
    except LinkNotUsable as refusal:
        return not_usable(visit, KEEP, refusal)


async def keep_address(visit: Visit) -> Response:
    """`POST /{slug}/keep`: the account keeps its address, and the person who asked for the change is signed out."""
    visit.patient = None
    token = await posted_token(visit)
    form = await visit.posted(LinkForm)
    try:
        if not form.validate():
            return await _page(visit, token, form, 403)
        await keep_email(visit.anonymous, token, visit.services)
    except LinkNotUsable as refusal:
        return not_usable(visit, KEEP, refusal)
    response = visit.go("keep/done")
    visit.cookies.drop_link(response, visit.slug, KEEP)
    visit.cookies.drop_session(response, visit.slug)
    return response


async def address_kept(visit: Visit) -> Response:
    """`GET /{slug}/keep/done`: what was done, and what to do next."""
    return visit.page("address_kept.html")


async def _page(visit: Visit, token: str, form: LinkForm, status: int = 200) -> Response:
    found = await find_account_link(
        visit.organization.id, token, visit.browser, visit.services, TokenPurpose.KEEP_EMAIL
    )
    return visit.page("address_to_keep.html", status, form=form, link=found)
