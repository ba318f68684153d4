"""`GET /` of the API: where to go, as a plain page for browsers and as JSON for programs."""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from api.requests.languages import language_for

_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept, Accept-Language",
    "X-Content-Type-Options": "nosniff",
}
_WORDS = {
    "en": {
        "title": "Vestibule: the API",
        "staff": "The staff screen, for people who work at a practice",
        "portal": "The patient portal",
        "clients": "This is the API for staff screens and phone apps. Programs ask it by POST at /graphql.",
    },
    "es": {
        "title": "Vestibule: la API",
        "staff": "La pantalla del personal, para quienes trabajan en un consultorio",
        "portal": "El portal del paciente",
        "clients": "Esta es la API para pantallas del personal y aplicaciones móviles. "
        "Los programas la consultan por POST en /graphql.",
    },
}


def start_route(api_url: str, portal_url: str) -> Route:
    """The address `/`. It names nothing but addresses that everybody may know."""
    links = {
        "graphql": f"{api_url}/graphql",
        "staffScreen": f"{api_url}/staff/",
        "portal": f"{portal_url}/",
        "health": f"{api_url}/readyz",
    }

    async def start(request: Request) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse(links, headers=_HEADERS)
        language = language_for(request.headers)
        return HTMLResponse(_page(language, links), headers=_HEADERS | {"Content-Language": language})

    return Route("/", start)


def _page(language: str, links: dict[str, str]) -> str:
    words = {name: escape(text) for name, text in _WORDS[language].items()}
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{words["title"]}</title>
</head>
<body>
<main>
<h1>{words["title"]}</h1>
<ul>
<li><a href="{escape(links["staffScreen"])}">{words["staff"]}</a></li>
<li><a href="{escape(links["portal"])}">{words["portal"]}</a></li>
</ul>
<p>{words["clients"]}</p>
</main>
</body>
</html>
"""
