"""`/` of the portal leads to the only practice; of several it names none in production."""

import pytest
from starlette.applications import Starlette

from clinic.organizations.actions import NewOrganization, create_organization
from patient_portal.web.visit import Portal
from tests.patient_portal.practice import Practice, Visitor

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


async def second(practice: Practice) -> None:
    new = NewOrganization(slug="harbor-house", name="Harbor House")
    await create_organization(new, practice.services, by="test")


async def test_the_only_practice_is_where_to_go(practice: Practice, visitor: Visitor) -> None:
    page = await visitor.get("/", Accept=HTML)
    assert (page.status, page.goes_to) == (303, "/willow-creek/")
    assert (await visitor.http.get("/", headers={"Accept": "application/json"})).json() == {
        "verify": "http://127.0.0.1:8001/verify",
        "portals": ["http://127.0.0.1:8001/willow-creek/"],
    }


@pytest.mark.parametrize("in_production", [True, False])
async def test_of_several_practices_none_is_named_in_production(
    practice: Practice, app: Starlette, visitor: Visitor, in_production: bool
) -> None:
    await second(practice)
    portal: Portal = app.state.portal
    app.state.portal = Portal(portal.services, portal.cookies, portal.origin, in_production=in_production)
    page = await visitor.get("/", Accept=HTML)
    assert page.status == 200
    assert "Find your practice" in page.text
    assert ("Harbor House" in page.response.text) is not in_production
    assert ("Willow" in page.response.text) is not in_production
    assert 'href="/verify"' in page.response.text
    portals = (await visitor.http.get("/", headers={"Accept": "application/json"})).json()["portals"]
    assert len(portals) == (0 if in_production else 2)


async def test_first_page_speaks_spanish_and_remembers_it(practice: Practice, visitor: Visitor) -> None:
    await second(practice)
    page = await visitor.get("/?lang=es", Accept=HTML)
    assert '<html lang="es">' in page.response.text
    assert "Busque su consultorio" in page.text
    assert "Busque su consultorio" in (await visitor.get("/", Accept=HTML)).text
