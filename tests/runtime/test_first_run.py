"""A newcomer follows docs/operations.md, First run: the commands of the page are the script of these tests."""

import asyncio
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx2
import pytest

from runtime.cli import program as command_line
from runtime.settings import read_settings
from tests.adapters.smtp_servers import Inbox, smtp_server
from tests.databases import PostgresServer
from tests.factories import PASSWORD
from tests.patient_portal.practice import BORN, Visitor, register
from tests.ports import HOST, free_port
from tests.runtime.commands import run

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
INVITE = """mutation ($input: CreatePortalAccountInput!) { createPortalAccount(input: $input) {
  __typename ... on UserError { message } } }"""
ADD = """mutation ($input: CreateContactInput!) { createContact(input: $input) {
  __typename ... on CreateContactSuccess { contact { id } } } }"""
SIGN_IN = """mutation ($input: SignInStaffInput!) { signInStaff(input: $input) {
  __typename ... on SignInSuccess { accessToken } } }"""
ACCEPT = "mutation ($input: AcceptStaffInvitationInput!) { acceptStaffInvitation(input: $input) { __typename } }"


def blocks(kind: str) -> str:
    """All blocks of the page with this mark, as one script."""
    return "\n".join(re.findall(rf"^```sh {kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def test_with_compose_each_setup_of_the_page_does_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an engine: the arguments behind the image and the service are run in one folder, over SQLite."""
    monkeypatch.chdir(tmp_path)
    read_settings.cache_clear()
    lines = blocks("compose").replace("\\\n", " ").splitlines()
    assert [shlex.split(line)[:2] for line in lines] == [
        ["docker", "build"],
        ["docker", "run"],
        ["docker", "compose"],
        ["docker", "compose"],
    ]
    said = ""
    for line in lines[1:3]:
        words = shlex.split(line)
        done = run(command_line("setup"), *words[words.index("setup") :])
        assert done.failure is None, done.output
        said = done.output
    assert re.search(r"https://staff\.alder\.example/staff/#/welcome/[\w-]{43}", said)
    read_settings.cache_clear()


@pytest.fixture
async def owner_url() -> AsyncIterator[str]:
    """An empty database, as its owner, as the page has it made.

    On a server of its own: the one of the other tests keeps nothing through a power cut, which `setup` complains of.
    """
    server = PostgresServer(durable=True)
    try:
        server.start()
        await server.run("CREATE ROLE newcomer LOGIN CREATEROLE")
        await server.run("CREATE DATABASE newcomer OWNER newcomer")
        yield server.url("newcomer").replace("//vestibule@", "//newcomer@")
    finally:
        server.stop()


@contextmanager
def followed(script: str, folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """Run the page's commands in an empty folder; what they printed. What they started ends with the block."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("VESTIBULE_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    log = folder / "said.txt"
    with log.open("w") as said:
        shell = subprocess.Popen(
            ["bash", "-euc", script + "\nwait\n"],
            cwd=folder,
            env=others | environment | {"PATH": path},
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_ready(shell, log, environment)
            yield log.read_text()
        finally:
            os.killpg(shell.pid, signal.SIGTERM)
            shell.wait(20)


def _wait_until_ready(shell: "subprocess.Popen[bytes]", log: Path, environment: dict[str, str]) -> None:
    until = time.monotonic() + 90
    for url in (environment["VESTIBULE_API_URL"], environment["VESTIBULE_PORTAL_URL"]):
        while True:
            try:
                if httpx2.get(f"{url}/readyz", timeout=5).status_code == 200:
                    break
            except httpx2.HTTPError:
                pass
            assert shell.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)  # between two looks at processes we don't control; bounded above


@pytest.mark.processes
async def test_from_an_empty_machine_to_a_registered_patient(owner_url: str, tmp_path: Path) -> None:
    api_port, portal_port = free_port(), free_port()
    api, portal = f"http://{HOST}:{api_port}", f"http://{HOST}:{portal_port}"
    async with smtp_server(Inbox()) as inbox:
        # What stands in for the page's PostgreSQL, mail server and public addresses.
        environment = {
            "VESTIBULE_MIGRATION_DATABASE_URL": owner_url,
            "VESTIBULE_DATABASE_URL": owner_url.replace("//newcomer@", "//newcomer_program:secret@"),
            "VESTIBULE_API_URL": api,
            "VESTIBULE_PORTAL_URL": portal,
            "VESTIBULE_SMTP_URL": f"smtp://{HOST}:{inbox.port}?starttls=never",
            "API_PORT": str(api_port),
            "PORTAL_PORT": str(portal_port),
        }
        script = followed(blocks("first-run"), tmp_path, environment)
        said = await asyncio.to_thread(script.__enter__)
        try:
            link = re.search(rf"{re.escape(api)}/staff/#/welcome/([\w-]{{43}})", said)
            assert link, said
            # The stand-ins for a public address and a mail server are what `check` warns of.
            assert set(re.findall(r"^FAIL +(\w+)", said, re.MULTILINE)) <= {"addresses", "mail"}
            await inbox.wait_for(1, seconds=60)
            assert link[0] in _text(inbox, 0)
            await _kim_invites_nora(api, link[1])
            await inbox.wait_for(2, seconds=60)
            await _nora_registers(portal, _text(inbox, 1))
        finally:
            await asyncio.to_thread(script.__exit__, None, None, None)


def _text(inbox: Inbox, number: int) -> str:
    body = message_from_bytes(inbox.contents[number], policy=policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def _kim_invites_nora(api: str, token: str) -> None:
    async with httpx2.AsyncClient(base_url=api, timeout=30) as http:

        async def mutate(query: str, **fields: Any) -> dict[str, Any]:
            sent = await http.post("/graphql", json={"query": query, "variables": {"input": fields}})
            [answer] = sent.json()["data"].values()
            assert answer["__typename"].endswith("Success"), answer
            return dict(answer)

        await mutate(ACCEPT, token=token, password=PASSWORD)
        signed_in = await mutate(SIGN_IN, organization="alder", email="kim@alder.example", password=PASSWORD)
        http.headers["Authorization"] = f"Bearer {signed_in['accessToken']}"
        added = await mutate(
            ADD, givenName="Nora", familyName="Gray", dateOfBirth=BORN.isoformat(), emails=["nora@example.com"]
        )
        await mutate(INVITE, contactId=added["contact"]["id"])


async def _nora_registers(portal: str, letter: str) -> None:
    link = re.search(rf"{re.escape(portal)}/alder/register/\S+", letter)
    assert link, letter
    visitor = Visitor(None, portal, Origin=portal)
    answer = await register(visitor, link[0])
    assert (answer.status, answer.goes_to) == (303, "/alder/documents?welcome=1"), answer.text
    assert "Your account is ready" in (await visitor.get(answer.goes_to)).text
    await visitor.http.aclose()
