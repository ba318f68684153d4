"""`/` says where to go: to people as a page, to programs as JSON."""

from tests.api.client import Client
from tests.factories import Practice

LINKS = {
    "graphql": "http://127.0.0.1:8000/graphql",
    "staffScreen": "http://127.0.0.1:8000/staff/",
    "portal": "http://127.0.0.1:8001/",
    "health": "http://127.0.0.1:8000/readyz",
}


async def test_first_page_leads_people_to_the_screen_and_the_portal(practice: Practice, stranger: Client) -> None:
    page = await stranger.http.get("/", headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "es"})
    assert (page.status_code, page.headers["content-language"]) == (200, "es")
    assert '<a href="http://127.0.0.1:8000/staff/">La pantalla del personal' in page.text
    assert '<a href="http://127.0.0.1:8001/">El portal del paciente' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert practice.organization.name not in page.text
    english = await stranger.http.get("/", headers={"Accept": "text/html"})
    assert '<html lang="en">' in english.text


async def test_programs_get_the_addresses_as_json(practice: Practice, stranger: Client) -> None:
    for accept in ("*/*", "application/json"):
        assert (await stranger.http.get("/", headers={"Accept": accept})).json() == LINKS
    assert (await stranger.http.post("/", json={})).status_code == 405
