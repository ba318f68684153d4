"""What all links of letters about accounts have in common: opening one changes nothing, and its token leaves the
address at once, into a short-lived cookie and the form's hidden field."""

import re

from starlette.responses import Response
from wtforms import HiddenField

from clinic.portal_access.errors import LinkNotUsable
from patient_portal.web.cookies import looks_like_secret
from patient_portal.web.forms import PortalForm
from patient_portal.web.visit import Handler, Visit

VERIFY = "verify"
RESET = "reset"
KEEP = "keep"

# A program that makes links of text often takes the full stop, bracket or quotation mark behind one along, and a copied
# link brings a space. None of them can be part of a token, so the whole token is still there.
_BEHIND = re.compile(r"(?:%[0-9A-Fa-f]{2}|[^A-Za-z0-9_%-])*\Z")
_LONGEST_PATH = 300


class LinkForm(PortalForm):
    """A button, and the token of the link that led to it."""

    token = HiddenField()


def open_mailed_link_at(path: str) -> Handler:
    """`GET /{slug}/{path}/{token}`, as often as a mail scanner likes: nothing is read and nothing changes."""

    async def open_mailed_link(visit: Visit) -> Response:
        response = visit.go(path)
        if token := token_in_address(visit):
            visit.cookies.keep_link(response, visit.slug, path, token)
        else:
            visit.cookies.drop_link(response, visit.slug, path)
        return response

    return open_mailed_link


def token_in_address(visit: Visit) -> str:
    """The token in the address that was opened, without what got behind it; empty for what can't be one."""
    typed: str = visit.request.path_params["token"]
    token = _BEHIND.sub("", typed) if len(typed) <= _LONGEST_PATH else ""
    return token if looks_like_secret(token) else ""


def opened_token(visit: Visit, path: str) -> str:
    """The token of the link this browser opened last; empty if there is none."""
    return visit.cookies.link(visit.request, visit.slug, path) or ""


async def posted_token(visit: Visit) -> str:
    """The token in the form, which two open letters don't share; empty for what can't be one."""
    token: str = (await visit.posted(LinkForm)).token.data or ""
    return token if looks_like_secret(token) else ""


def not_usable(visit: Visit, path: str, refusal: LinkNotUsable) -> Response:
    """The page of a link that can't be used: what happened, what it means, what to do."""
    status = 404 if refusal.reason == "UNKNOWN" else 410
    return visit.page("account_link_not_usable.html", status, path=path, reason=refusal.reason)
