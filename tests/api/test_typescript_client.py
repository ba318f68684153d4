"""clients/typescript: its types hold, and its examples do a front desk's and a patient's work at a real API."""

import asyncio
import json
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from clinic.documents.models import DocumentSharing, SignatureState
from clinic.letters.delivery import deliver_due_letters
from clinic.records.actions.appointments import create_appointment
from clinic.staff.actions import create_staff_member
from clinic.values.ports import Services
from runtime.settings import Environment, Settings
from tests.api.line import serving
from tests.clinic.portal_access.account_letters import room_in
from tests.clock import FixedClock
from tests.factories import ADDRESSES, EVERY_PERMISSION, PASSWORD, SECRET_KEY, Mailbox, Practice, make_services
from tests.factories.documents import put_document
from tests.ports import HOST, free_port
from tests.run import alone

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "clients" / "typescript"
TOOLS = ROOT / "api" / "web" / "node_modules"
EMAIL = "desk@willow-creek.example"

pytestmark = pytest.mark.skipif(
    not (TOOLS / "typescript").is_dir() or shutil.which("node") is None,
    reason="needs Node and the tools of `make check-js`",
)


@pytest.fixture(scope="module")
def compiled(run_folder: Path) -> Path:
    """The client as JavaScript, once a run. The compiler also refuses what examples/types.ts says that it should."""
    with alone(run_folder, "typescript-client") as noted:
        folder = noted.with_suffix(".js")
        if not noted.exists():
            compiler = [str(TOOLS / ".bin" / "tsc"), "--project", str(CLIENT), "--outDir", str(folder)]
            said = subprocess.run(
                [*compiler, "--typeRoots", str(TOOLS / "@types")], capture_output=True, text=True, check=False
            )
            assert said.returncode == 0, said.stdout
            (folder / "package.json").write_text('{"type": "module"}')
            noted.touch()
        return folder


async def run(program: Path, **environment: str) -> dict[str, Any]:
    """What a Node program printed."""
    running = await asyncio.create_subprocess_exec(
        "node", str(program), env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await running.communicate()
    assert running.returncode == 0, err.decode()
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox, port: int) -> Services:
    """Documents have addresses at the server that the examples talk to."""
    return make_services(clock, mailbox, replace(ADDRESSES, api_url=f"http://{HOST}:{port}"))


@pytest.mark.parametrize(
    ("database_kind", "trusted"), [("sqlite", "yes"), ("postgres", "no")], indirect=["database_kind"]
)
async def test_the_examples_do_a_days_work(
    trusted: str, compiled: Path, practice: Practice, services: Services, mailbox: Mailbox, port: int
) -> None:
    setting = f"{CLIENT / 'trusted'} only" if trusted == "yes" else ""
    app = create_app(
        Settings(environment=Environment.PRODUCTION, secret_keys=(SECRET_KEY,), trusted_documents=setting), services
    )
    await create_staff_member(
        practice.system,
        name="Fran",
        email=EMAIL,
        password=PASSWORD,
        permissions=EVERY_PERMISSION,
        services=services,
    )
    omar = await practice.contact()
    document = await put_document(practice, omar, "Consent", sharing=DocumentSharing.ALL_AUTHORIZED, signers=[omar])
    now = services.clock.now()
    half_hour = timedelta(minutes=30)
    await create_appointment(practice.system, omar.id, now, now + half_hour, services)
    async with serving(app, port):
        where = {"VESTIBULE_URL": f"http://{HOST}:{port}", "TRUSTED": trusted, "PASSWORD": PASSWORD}
        day = {"FROM": now.isoformat(), "TO": (now + half_hour).isoformat()}
        staff = await run(compiled / "examples" / "staff.js", ORGANIZATION="willow-creek", EMAIL=EMAIL, **day, **where)
        assert staff["seen"] == ["Omar Reyes: GRAY_GLOBE_PERSON", "Omar Reyes: BLUE_GLOBE_PERSON"]
        assert staff["refused"] == ["WrongCredentials"]
        assert staff["sheet"].startswith(where["VESTIBULE_URL"])
        await deliver_due_letters(services, worker_name="test")
        [invitation] = [letter for letter in mailbox.letters if letter["To"] == "omar.reyes@example.com"]
        token = room_in(invitation)[1]
        patient = await run(
            compiled / "examples" / "patient.js", TOKEN=token, DATE_OF_BIRTH="1980-05-04", NAME="Omar Reyes", **where
        )
    assert patient == {"contact": "Omar Reyes", "signed": ["Consent: WAITING"], "signedOut": None}
    await document.refresh_from_db()
    assert document.signature_state is SignatureState.WAITING
