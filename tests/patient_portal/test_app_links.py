"""The files by which Android and iOS learn that an app may open our letters' links."""

import re
from typing import Any

import httpx2
import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.routing import Match, Route

from clinic.values.ports import Services
from patient_portal.app import create_app
from patient_portal.web.app_links import site_association
from runtime.settings import Environment, Settings
from tests.factories import SECRET_KEY

PORTAL_URL = "https://portal.willow.example"
FIRST = ":".join(["14", "6D"] * 16)
SECOND = ":".join(["0A", "FF"] * 16)
ANDROID = "/.well-known/assetlinks.json"
IOS = "/.well-known/apple-app-site-association"


def portal(services: Services, **apps: Any) -> Starlette:
    settings = Settings(environment=Environment.TEST, secret_keys=(SECRET_KEY,), portal_url=PORTAL_URL, **apps)
    return create_app(settings, services)


async def get(app: Starlette, path: str) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=PORTAL_URL) as http:
        return await http.get(path)


async def test_android_reads_each_package_with_its_fingerprints(services: Services) -> None:
    named = f"org.example.portal={FIRST.lower()}, org.example.portal = {SECOND},org.example.beta={FIRST}"
    found = await get(portal(services, android_apps=named), ANDROID)

    assert (found.status_code, found.headers["content-type"]) == (200, "application/json")
    assert found.headers["cache-control"] == "public, max-age=3600"
    assert "set-cookie" not in found.headers
    assert [(one["relation"], one["target"]) for one in found.json()] == [
        (
            ["delegate_permission/common.handle_all_urls"],
            {"namespace": "android_app", "package_name": package, "sha256_cert_fingerprints": fingerprints},
        )
        for package, fingerprints in (("org.example.portal", [FIRST, SECOND]), ("org.example.beta", [FIRST]))
    ]


async def test_ios_reads_the_apps_and_which_links_they_take(services: Services) -> None:
    apps = ["A1B2C3D4E5.org.example.portal", "A1B2C3D4E5.org.example.beta"]
    found = await get(portal(services, ios_apps=",".join(apps)), IOS)

    assert (found.status_code, found.headers["content-type"]) == (200, "application/json")
    body = found.json()
    assert body["webcredentials"] == {"apps": apps}
    [detail] = body["applinks"]["details"]
    assert detail["appIDs"] == apps


async def test_without_the_settings_there_are_no_such_files(services: Services) -> None:
    app = portal(services)
    for path in (ANDROID, IOS):
        assert (await get(app, path)).status_code == 404


def opens_the_app(path: str) -> bool:
    """As iOS reads the file: the first component that fits decides; a star stands for any characters."""
    [detail] = site_association(["A1B2C3D4E5.org.example.portal"])["applinks"]["details"]
    for component in detail["components"]:
        if re.fullmatch(re.escape(component["/"]).replace(r"\*", ".*"), path):
            return not component.get("exclude", False)
    return False


@pytest.mark.parametrize(
    ("path", "opens"),
    [
        ("/willow-creek/register/pq3_token-5", True),
        ("/willow-creek/verify/pq3_token-5", True),
        ("/willow-creek/reset/pq3_token-5", True),
        ("/willow-creek/keep/pq3_token-5", True),
        ("/willow-creek/documents", True),
        ("/willow-creek/documents/8f2c", True),
        ("/willow-creek/documents/8f2c/file", False),
        ("/willow-creek/documents/8f2c/pages/1", False),
        ("/willow-creek/register", False),
        ("/willow-creek/register/invitation", False),
        ("/willow-creek/register/sent", False),
        ("/willow-creek/keep/done", False),
        ("/willow-creek/", False),
        ("/willow-creek/account", False),
        ("/verify", False),
    ],
)
def test_the_links_of_letters_open_the_app_and_other_pages_the_browser(
    services: Services, path: str, opens: bool
) -> None:
    assert opens_the_app(path) is opens
    # Each path is one that the portal has, so that the file names nothing that is gone.
    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    found = [route for route in portal(services).routes if isinstance(route, Route)]
    assert any(route.matches(scope)[0] is Match.FULL for route in found)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("android_apps", "org.example.portal"),
        ("android_apps", f"portal={FIRST}"),
        ("android_apps", f"org.example.portal={FIRST[:-3]}"),
        ("android_apps", f"org.example.portal={FIRST.replace(':', '')}"),
        ("android_apps", f'org.example"portal={FIRST}'),
        ("ios_apps", "org.example.portal"),
        ("ios_apps", "a1b2c3d4e5.org.example.portal"),
        ("ios_apps", "A1B2C3D4E5."),
    ],
)
def test_a_mistyped_app_stops_the_start(setting: str, value: str) -> None:
    with pytest.raises(ValidationError, match="must be"):
        Settings(secret_keys=(SECRET_KEY,), **{setting: value})  # type: ignore[arg-type]
