"""Which apps may open the links of our letters: the two files that Android and iOS ask the portal's host for."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

# Where mailed links lead. The pages that a browser goes on to, without a token in the address, stay in the browser.
_IN_APPS = ("/*/register/*", "/*/verify/*", "/*/reset/*", "/*/keep/*", "/*/documents", "/*/documents/*")
_IN_THE_BROWSER = (
    *("/*/register/received", "/*/register/invitation", "/*/register/fresh", "/*/register/sent"),
    *("/*/keep/done", "/*/documents/*/*"),
)
_HEADERS = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}


def app_link_routes(android: Mapping[str, Sequence[str]], ios: Sequence[str]) -> list[Route]:
    """`android` has the fingerprints of each package, `ios` the apps with their team. Without apps no address."""
    routes = []
    if android:
        routes.append(_fixed("/.well-known/assetlinks.json", asset_links(android)))
    if ios:
        routes.append(_fixed("/.well-known/apple-app-site-association", site_association(ios)))
    return routes


def asset_links(apps: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Digital Asset Links. Which paths an app takes, its own manifest says."""
    return [
        {
            "relation": ["delegate_permission/common.handle_all_urls"],
            "target": {
                "namespace": "android_app",
                "package_name": package,
                "sha256_cert_fingerprints": list(fingerprints),
            },
        }
        for package, fingerprints in apps.items()
    ]


def site_association(apps: Sequence[str]) -> dict[str, Any]:
    """Apple's associated domains: links for the app, and passwords that it shares with the site."""
    components = [{"/": path, "exclude": True} for path in _IN_THE_BROWSER] + [{"/": path} for path in _IN_APPS]
    return {
        "applinks": {"details": [{"appIDs": list(apps), "components": components}]},
        "webcredentials": {"apps": list(apps)},
    }


def _fixed(path: str, body: object) -> Route:
    content = json.dumps(body, indent=1).encode()

    async def answer(request: Request) -> Response:
        return Response(content, media_type="application/json", headers=_HEADERS)

    return Route(path, answer)
