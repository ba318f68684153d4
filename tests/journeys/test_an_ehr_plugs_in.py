"""An EHR plugs in: its program signs in, keeps a day in step, shows icons without a second sign-in, and is told."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_server
from typing import Any

import httpx2
import pytest
import uvicorn
from joserfc.jwk import ECKey
from playwright.async_api import Browser, Request, expect
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import Response
from starlette.routing import Mount, Route

from tests.browser import PATIENCE
from tests.journeys.an_ehr import EMBEDDING, button
from tests.journeys.at_the_desk import FRONT_DESK, demo_practice, token_of
from tests.journeys.conftest import Product
from tests.ports import HOST, free_port

MACHINES = (Path(__file__).parents[2] / "docs" / "machines.md").read_text(encoding="utf-8")
PATIENTS = "https://ehr.example.org/patients"
VISITS = "https://ehr.example.org/visits"
SESSION = "a-session-of-the-ehr"
SYNC = """mutation ($input: SyncRecordsInput!) { syncRecords(input: $input) { ... on SyncRecordsSuccess {
  results { outcome node { id } problem { message } } } } }"""
HOOK = """mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) {
  ... on CreateWebhookEndpointSuccess { secret } } }"""
ACCEPT = """mutation ($input: AcceptPortalInvitationInput!) { acceptPortalInvitation(input: $input) { __typename } }"""


def code(page: str, language: str) -> str:
    """The first code of that language on a page of the documentation."""
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    return found[0]


def a_day(starts: datetime) -> dict[str, Any]:
    """A FHIR bundle: fifty patients, each with an appointment of ten minutes."""
    entries: list[dict[str, Any]] = []
    for at in range(50):
        begins = starts + timedelta(minutes=10 * at)
        entries.append(
            {
                "resourceType": "Patient",
                "id": f"p{at}",
                "identifier": [{"system": PATIENTS, "value": str(4700 + at)}],
                "name": [{"given": [f"Given{chr(65 + at % 26)}"], "family": f"Family{chr(65 + at // 26)}{at}"}],
                "birthDate": f"19{40 + at}-05-04",
                "telecom": [{"system": "email", "value": f"patient.{at}@example.com"}],
            }
        )
        entries.append(
            {
                "resourceType": "Appointment",
                "identifier": [{"system": VISITS, "value": f"v{at}"}],
                "status": "booked",
                "start": begins.isoformat(),
                "end": (begins + timedelta(minutes=10)).isoformat(),
                "participant": [{"actor": {"reference": f"Patient/p{at}"}}],
            }
        )
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in entries]}


def records_of(bundle: dict[str, Any]) -> dict[str, Any]:
    """What the EHR sends to `syncRecords` for its bundle."""
    resources = [entry["resource"] for entry in bundle["entry"]]
    people = {one["id"]: one for one in resources if one["resourceType"] == "Patient"}
    visits = [one for one in resources if one["resourceType"] == "Appointment"]
    contacts = [
        {
            "externalId": one["identifier"][0],
            "givenName": one["name"][0]["given"][0],
            "familyName": one["name"][0]["family"],
            "dateOfBirth": one["birthDate"],
            "emails": [each["value"] for each in one["telecom"] if each["system"] == "email"],
        }
        for one in people.values()
    ]
    appointments = [
        {
            "externalId": one["identifier"][0],
            "contact": people[one["participant"][0]["actor"]["reference"].removeprefix("Patient/")]["identifier"][0],
            "startsAt": one["start"],
            "endsAt": one["end"],
            "cancelled": one["status"] == "cancelled",
        }
        for one in visits
    ]
    return {"contacts": contacts, "appointments": appointments}


@dataclass
class Ehr:
    """The vendor's server of docs/embedding.md at an origin of its own, with a receiver of webhooks."""

    product: Product
    folder: Path
    key: ECKey
    client_id: str
    url: str
    secret: str = ""
    told: "asyncio.Queue[dict[str, Any]]" = field(default_factory=asyncio.Queue)
    seen: set[str] = field(default_factory=set)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "API_URL": self.product.api_url,
            "CLIENT_ID": self.client_id,
            "KEY_FILE": str(self.folder / "key.json"),
            "PAGES": str(self.folder),
            "SESSIONS": json.dumps({SESSION: FRONT_DESK}),
        }

    async def hook(self, request: Asked) -> Response:
        event = Webhook(self.secret).verify(await request.body(), dict(request.headers))
        if request.headers["webhook-id"] not in self.seen:
            self.seen.add(request.headers["webhook-id"])
            self.told.put_nowait(event)
        return Response(status_code=204)

    async def hears_of(self, kind: str) -> dict[str, Any]:
        """The data of the next event of this kind."""
        async with asyncio.timeout(PATIENCE / 1000):
            while (event := await self.told.get())["type"] != kind:
                pass
        data: dict[str, Any] = event["data"]
        return data

    async def syncs(self, bundle: dict[str, Any]) -> tuple[list[str], list[str]]:
        """The outcomes and the ids of the records, signed in as the program."""
        page: dict[str, Any] = {}
        exec(code(MACHINES, "python"), page)  # noqa: S102 - the page's own code
        token = await asyncio.to_thread(page["own_token"], self.product.api_url, self.client_id, self.key)
        answer = await self.product.graphql(SYNC, token, input=records_of(bundle))
        results = answer["syncRecords"]["results"]
        assert [one["problem"] for one in results if one["problem"]] == []
        return [one["outcome"] for one in results], [one["node"]["id"] for one in results]

    def lay_out(self) -> None:
        """The page of the documentation with the icons of the whole day, each by the EHR's own number."""
        html, script = code(EMBEDDING, "html"), code(EMBEDDING, "js")
        [line] = re.findall(r"^ *<p>Omar Reyes.*\n", html, re.MULTILINE)
        named = line.replace('contact-id="CONTACT_ID"', f'system="{PATIENTS}" value="NUMBER"')
        lines = [named.replace("NUMBER", str(4700 + at)).replace("Omar Reyes", f"Patient {at}") for at in range(50)]
        (self.folder / "index.html").write_text(html.replace(line, "".join(lines)))
        (self.folder / "chart.js").write_text(script.replace("https://vestibule.example.org", self.product.api_url))


@pytest.fixture(scope="module")
async def ehr(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ehr]:
    """The practice lets the EHR in: its keys, its origin and its webhook."""
    folder = tmp_path_factory.mktemp("an_ehr_plugs_in")
    key = ECKey.generate_key("P-256", {"kid": "one"})
    (folder / "key.json").write_text(json.dumps(key.as_dict(private=True)))
    (folder / "keys.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VESTIBULE_WEBHOOK_LOOPBACK", "allow")
        async with demo_practice(demo_at_rest, folder) as product:
            permissions = ("VIEW_CONTACTS", "MANAGE_CONTACTS", "WEB_PORTAL")
            made = await product.program(
                *("service-account", "create", "--organization", "willow-creek", "--name", "EHR", "--acts-for-staff"),
                *("--jwks", str(folder / "keys.json"), "--json"),
                *(word for one in permissions for word in ("--permission", one)),
            )
            listening = create_server((HOST, free_port()))
            url = f"http://{HOST}:{listening.getsockname()[1]}"
            ehr = Ehr(product, folder, key, json.loads(made)["clientId"], url)
            ehr.lay_out()
            # The API runs already: nothing is restarted for the origin.
            await product.program("organization", "update", "--organization", "willow-creek", "--allowed-origin", url)
            events = ["account.registered", "portal_status.changed"]
            hook = {"url": f"{url}/hooks", "events": events}
            made_hook = await product.graphql(HOOK, await token_of(product), input=hook)
            ehr.secret = made_hook["createWebhookEndpoint"]["secret"]
            page: dict[str, Any] = {}
            for name, value in ehr.environment.items():
                patch.setenv(name, value)
            exec(code(EMBEDDING, "python"), page)  # noqa: S102 - the page's own code
            app = Starlette(routes=[Route("/hooks", ehr.hook, methods=["POST"]), Mount("/", page["app"])])
            server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
            server.capture_signals = nullcontext  # type: ignore[method-assign, assignment]  # the test run's own
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            try:
                yield ehr
            finally:
                server.should_exit = True
                await serving


async def test_a_day_is_kept_in_step_and_shown_without_a_second_sign_in(ehr: Ehr, browser: Browser) -> None:
    day = a_day((datetime.now(UTC) + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0))
    outcomes, ids = await ehr.syncs(day)
    assert outcomes == ["CREATED"] * 100
    assert await ehr.syncs(day) == (["UNCHANGED"] * 100, ids)

    context = await browser.new_context()
    context.set_default_timeout(PATIENCE)
    await context.add_cookies([{"name": "session", "value": SESSION, "url": ehr.url, "sameSite": "Lax"}])
    page = await context.new_page()
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            asked.append(request.url.rpartition("/")[2])

    page.on("request", note)
    await page.goto(ehr.url)
    icons = page.locator("portal-status")
    await expect(icons.locator(".text").get_by_text("No account", exact=True)).to_have_count(50)
    # One token and one question for fifty icons.
    assert sorted(asked) == ["graphql", "vestibule-token"]

    first = icons.first
    await button(first).click()
    await first.get_by_role("button", name="Create the account").click()
    await expect(first.locator("dialog h2")).to_have_text("GivenA FamilyA0 is invited")
    await first.get_by_role("button", name="Not now").click()
    await expect(first.locator("dialog")).to_have_count(0)
    await expect(page.locator("#said")).to_have_text(f"{ids[0]}: INVITED")
    letter = await ehr.product.letter_to("patient.0@example.com")
    plain = letter.get_body(("plain",))
    assert plain is not None
    [token] = re.findall(r"/register/([\w-]+)", plain.get_content())
    person = {"token": token, "dateOfBirth": "1940-05-04", "password": "seven quiet boats at anchor"}
    accepted = await ehr.product.graphql(ACCEPT, input=person)
    assert accepted["acceptPortalInvitation"]["__typename"] == "AcceptPortalInvitationSuccess"
    assert (await ehr.hears_of("account.registered"))["contactId"] == ids[0]
    await first.evaluate("icon => icon.refresh()")
    await expect(first.locator(".text")).to_have_text("Linked")
    await context.close()

    moved, cancelled = day["entry"][1]["resource"], day["entry"][3]["resource"]
    moved["start"], moved["end"] = (
        (datetime.fromisoformat(moved[name]) + timedelta(hours=9)).isoformat() for name in ("start", "end")
    )
    cancelled["status"] = "cancelled"
    assert await ehr.syncs(day) == (["UNCHANGED"] * 50 + ["CHANGED", "CANCELLED"] + ["UNCHANGED"] * 48, ids)
    assert await ehr.syncs(day) == (["UNCHANGED"] * 100, ids)


@asynccontextmanager
async def in_node(ehr: Ehr) -> AsyncIterator[httpx2.AsyncClient]:
    """The server of the documentation in Node, once it answers."""
    port = free_port()
    (ehr.folder / "ehr.mjs").write_text(code(EMBEDDING, "javascript"))
    environment = {**ehr.environment, "PORT": str(port)}
    process = await asyncio.create_subprocess_exec("node", ehr.folder / "ehr.mjs", env=environment)
    try:
        async with httpx2.AsyncClient(base_url=f"http://{HOST}:{port}", timeout=20) as http:
            async with asyncio.timeout(PATIENCE / 1000):
                while process.returncode is None:
                    try:
                        await http.get("/chart.js")
                        break
                    except httpx2.ConnectError:
                        await asyncio.sleep(0.05)
            yield http
    finally:
        process.terminate()
        await process.wait()


async def test_the_server_in_node_gets_the_same_tokens(ehr: Ehr) -> None:
    viewer = "{ viewer { ... on StaffMember { email } } }"
    async with in_node(ehr) as node, httpx2.AsyncClient(base_url=ehr.url, timeout=20) as python:
        for http in (node, python):
            assert (await http.post("/vestibule-token")).status_code == 401
            assert (await http.post("/vestibule-token", headers={"Cookie": "session=__proto__"})).status_code == 401
            answer = await http.post("/vestibule-token", headers={"Cookie": f"session={SESSION}"})
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
            token = answer.json()
            assert 0 < token["expires_in"] <= 300
            seen = await ehr.product.graphql(viewer, token["access_token"])
            assert seen == {"viewer": {"email": FRONT_DESK}}
            assert "/elements/v1/portal-status.js" in (await http.get("/chart.js")).text
