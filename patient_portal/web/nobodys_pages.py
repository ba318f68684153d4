"""Pages that belong to no practice: their frame, and the language they speak."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from patient_portal.web.cookies import CookieJar
from patient_portal.web.language import chosen_language, spoken_languages
from patient_portal.web.rendering import render


def language_without_practice(request: Request, cookies: CookieJar) -> str:
    """The visitor's language, of all that we speak."""
    wishes = (request.query_params.get("lang"), cookies.language(request))
    return chosen_language(wishes, request.headers.get("accept-language", ""), spoken_languages())


def page_without_practice(
    request: Request, cookies: CookieJar, template: str, status: int = 200, **context: object
) -> Response:
    """The page with the switch to the other languages. The choice is remembered."""
    language = language_without_practice(request, cookies)
    frame = {
        "organization": None,
        "visit": None,
        "sign_out": None,
        "languages": addresses_in_other_languages(request, language, spoken_languages()),
    }
    response = render(template, language, status, **frame, **context)
    if request.query_params.get("lang") == language:
        cookies.keep_language(response, language)
    return response


def addresses_in_other_languages(request: Request, language: str, offered: tuple[str, ...]) -> list[tuple[str, str]]:
    """Each other language with the address of this same page in it."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return [(other, "?" + urlencode([*kept, ("lang", other)])) for other in offered if other != language]
