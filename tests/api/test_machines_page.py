"""What docs/machines.md shows works as it stands there, in Python and in Node."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request

import pytest
from joserfc.jwk import ECKey

from clinic.service_accounts.actions import NewAccount, create_service_account
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission
from tests.adapters.test_program_keys import jwks_of
from tests.api.client import Client
from tests.clock import FixedClock
from tests.factories import Practice

PAGE = (Path(__file__).parents[2] / "docs" / "machines.md").read_text(encoding="utf-8")
CODE: dict[str, str] = dict(re.findall(r"```(python|javascript)\n(.*?)```", PAGE, re.S))
# What a request would send is printed instead.
CAUGHT = (
    "globalThis.fetch = async (url, { body }) => { console.log(JSON.stringify([url, String(body)])); return ANSWER; };"
)
ANSWER = "const ANSWER = { ok: true, json: async () => ({ access_token: '' }) };"


class Sent(Exception):
    """A request of the page's code, which goes on over ASGI instead."""

    def __init__(self, url: str, body: str) -> None:
        super().__init__(url)
        self.url, self.body = url, body


def in_python(name: str, issuer: str, client_id: str, key: ECKey, *more: str) -> Sent:
    def caught(request: Request, *, timeout: int) -> None:
        assert isinstance(request.data, bytes)
        raise Sent(request.full_url, request.data.decode())

    page: dict[str, Any] = {}
    exec(CODE["python"], page)  # noqa: S102 - the page's own code
    page["urlopen"] = caught
    with pytest.raises(Sent) as sent:
        page[{"own": "own_token", "for": "token_for"}[name]](issuer, client_id, key, *more)
    return sent.value


def in_node(name: str, issuer: str, client_id: str, key: ECKey, *more: str) -> Sent:
    given = ", ".join(json.dumps(each) for each in (issuer, client_id, key.as_dict(private=True), *more))
    call = f"await {({'own': 'ownToken', 'for': 'tokenFor'})[name]}({given});"
    script = "\n".join([ANSWER, CAUGHT, CODE["javascript"], call])
    ran = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    return Sent(*json.loads(ran.stdout))


def make_keys(program: str, folder: Path) -> None:
    [script] = [each for each in re.findall(r"```sh\n(.*?)```", PAGE, re.S) if each.startswith(program)]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(["sh", "-ec", script], check=True, cwd=folder, env={**os.environ, "PATH": path}, timeout=60)


@pytest.mark.parametrize("made_in", ["python", "node"])
async def test_keys_are_made_and_registered_as_the_page_says(
    practice: Practice, stranger: Client, clock: FixedClock, tmp_path: Path, made_in: str
) -> None:
    make_keys(made_in, tmp_path)
    assert (tmp_path / "key.json").stat().st_mode & 0o777 == 0o600
    key = ECKey.import_key(json.loads((tmp_path / "key.json").read_text()))
    keys = (tmp_path / "keys.json").read_text()
    assert [sorted(each) for each in json.loads(keys)["keys"]] == [["crv", "kid", "kty", "x", "y"]]
    new = NewAccount("EHR", frozenset({Permission.VIEW_CONTACTS}), jwks=keys)
    made = await create_service_account(practice.system, new, practice.services)
    sent = in_python("own", practice.services.addresses.api_url, made.account.row.client_id, key)
    clock.advance(datetime.now(UTC) - clock.now())
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await stranger.http.post("/oauth/token", content=sent.body, headers=form)).status_code == 200


@pytest.mark.parametrize("language", [in_python, in_node])
async def test_the_pages_code_gets_both_tokens(
    practice: Practice, stranger: Client, clock: FixedClock, language: Any
) -> None:
    key = ECKey.generate_key("P-256", {"kid": "one"})
    permissions = frozenset({Permission.VIEW_CONTACTS})
    new = NewAccount("EHR", permissions, may_act_for_staff=True, jwks=jwks_of(key))
    made = await create_service_account(practice.system, new, practice.services)
    person = await StaffMember.get(id=(await practice.staff()).staff_member_id)
    issuer, client_id = practice.services.addresses.api_url, made.account.row.client_id
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    for name, more, whose in (("own", (), "EHR"), ("for", (f"email:{person.email}",), person.name)):
        sent = language(name, issuer, client_id, key, *more)
        assert sent.url == f"{issuer}/oauth/token"
        clock.advance(datetime.now(UTC) - clock.now())
        answer = await stranger.http.post("/oauth/token", content=sent.body, headers=form)
        assert answer.status_code == 200, answer.text
        viewer = await stranger.holding(answer.json()["access_token"]).run("{ viewer { ... on StaffMember { name } } }")
        assert viewer == {"viewer": {"name": whose}}
