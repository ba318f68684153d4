"""An operator walks docs/operations.md: every command that the page shows is run, in the page's order.

The section First run has a test of its own (`test_first_run.py`).
"""

import base64
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.secrets import new_key
from clinic.documents.models import Completion, Document, SignatureState
from clinic.mail.models import Letter, LetterStatus
from clinic.organizations.facilities import create_facility
from clinic.staff.actions.create import create_staff_member
from clinic.values.callers import Permission
from clinic.values.ports import Services
from runtime.cli import program as command_line
from runtime.settings import read_settings
from tests.adapters.sealed_files import sealed_file
from tests.clinic.documents.signing import paper, person, sign
from tests.clock import FixedClock
from tests.factories import PASSWORD, Mailbox, Practice, open_practice
from tests.factories.keys import key_file
from tests.runtime.commands import run
from tests.runtime.test_backup_command import Installation

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
# They run until they are ended, or belong to the first run.
ELSEWHERE = {"api", "portal", "worker", "setup"}
BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [{"resource": {"resourceType": "Patient", "id": "7", "name": [{"family": "Low", "given": ["Ada"]}]}}],
}
RETURNED = """From: MAILER-DAEMON@mail.example.org
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=part

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; mia@example.com
Action: failed
Status: 5.1.1

--part
Content-Type: text/rfc822-headers

Message-ID: MESSAGE-ID

--part--
"""


def commands() -> list[str]:
    """What the page says to type, in its order: lines that stand apart, and commands in a sentence that no line has."""
    found = re.findall(r"^ {4,}vestibule (.+)$|`vestibule ([^`]+)`", PAGE, re.MULTILINE)
    lines = [line for line, _ in found if line]
    chosen = []
    for line, words in found:
        in_a_line = "--" not in words and any(one.startswith(re.sub(r" [A-Z].*", "", words)) for one in lines)
        if (line or not in_a_line) and (line or words).split()[0] not in ELSEWHERE:
            chosen.append(line or words)
    return list(dict.fromkeys(chosen))


@dataclass
class Walk:
    """The operator's machine, and what the page's names stand for on it."""

    installation: Installation
    names: dict[str, str]
    returned: str

    def prepares(self, command: str) -> None:
        """What the page says in words before it."""
        match shlex.split(command, comments=True):
            case ["restore", _]:
                self.goes_elsewhere()
            case ["resume", "--give-up-older"]:
                self.goes_elsewhere()
                self.types("restore /backups/clinic")

    def goes_elsewhere(self) -> None:
        """Another machine: nothing in its database and file store, the same keys."""
        folder = self.installation.folder / f"machine-{len(list(self.installation.folder.glob('machine-*')))}"
        folder.mkdir()
        self.installation.use(DATABASE_URL=f"sqlite://{folder}/copy.sqlite3", FILES_URL=f"file://{folder}/store")

    def types(self, command: str) -> tuple[int, str]:
        """Exit code and output. What follows `>>` is appended to as a shell does."""
        words = shlex.split(command, comments=True)
        words, to = (words[:-2], words[-1]) if ">>" in words else (words, "")
        words = [self.on_this_machine(word) for word in words] + self.what_the_page_leaves_out(words)
        done = run(command_line(words[0]), *words, typed=self.returned if words[0] == "bounce" else "")
        if to:
            with Path(self.on_this_machine(to)).open("a", encoding="utf-8") as file:
                file.write(done.output)
        return done.exit_code, f"{done.output}{done.errors}{done.failure or ''}"

    def on_this_machine(self, word: str) -> str:
        moved = re.sub(r"^/(backups|elsewhere)\b", str(self.installation.folder), word)
        return self.names.get(moved, moved)

    def what_the_page_leaves_out(self, words: list[str]) -> list[str]:
        """A sentence that names a command doesn't always name the practice, too."""
        of_one = words[0] in ("facility", "identity-provider", "import") and "--organization" not in words
        return ["--organization", "alder"] if of_one else []


async def _fill(services: Services) -> dict[str, str]:
    """Two practices with people at the desk, a patient and a letter that was sent; what the page's names stand for."""
    mailbox = services.mail
    assert isinstance(mailbox, Mailbox)
    await open_practice(services, slug="willow-creek")
    alder = await open_practice(services, slug="alder")
    await create_facility(alder.system, "Riverside", services)
    for name in ("kim", "ada"):
        await create_staff_member(
            alder.system,
            name=name,
            email=f"{name}@example.org",
            password=PASSWORD,
            permissions=[Permission.MANAGE_STAFF],
            services=services,
        )
    mia = await person(alder, mailbox, "Mia")
    nora = await alder.contact("Nora", emails=())
    # Signed in 2010, and never sealed, because somebody else declined.
    then = Practice(alder.organization, replace(services, clock=FixedClock(datetime(2010, 3, 2, tzinfo=UTC))))
    signed = await sign(then, mia, await paper(then, mia.contact, mia.contact))
    await Completion.filter(document_id=signed.id).delete()
    await Document.filter(id=signed.id).update(signature_state=SignatureState.DECLINED)
    return {
        "mia@example.org": mia.email,
        "ID": base64.b64encode(f"Contact:{nora.id}".encode()).decode(),
        "DOCUMENT_ID": str(signed.id),
    }


async def _returned(services: Services) -> str:
    """What a mail server says of a letter of ours that it could not deliver."""
    letter = await Letter.filter(status=LetterStatus.SENT).order_by("created_at", "id").first()
    assert letter is not None
    return RETURNED.replace("MESSAGE-ID", letter.message_id)


@pytest.fixture
def walk(sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Walk]:
    """Two practices: people at the desk, a patient, a letter on its way, and the files that the page names."""
    monkeypatch.chdir(tmp_path)
    machine = Installation(tmp_path, monkeypatch)
    machine.use(
        ENVIRONMENT="test",
        SECRET_KEYS=new_key(),
        SIGNING_PKCS12=str(key_file().path),
        DATABASE_URL=sqlite_database,
        FILES_URL=f"file://{tmp_path / 'store'}",
    )
    names = machine.within(_fill)
    returned = machine.within(_returned)
    (tmp_path / "people.csv").write_text("id,first name,last name\n1,Zoe,Gray\n", encoding="utf-8")
    soon = datetime.now(UTC) + timedelta(days=30)
    visit = f"9,1,{soon:%d/%m/%Y} 09:00,{soon:%d/%m/%Y} 09:30"
    (tmp_path / "visits.csv").write_text(f"id,patient id,start,end\n{visit}\n", encoding="utf-8")
    (tmp_path / "sealed.pdf").write_bytes(sealed_file())
    (tmp_path / "bundle.json").write_text(json.dumps(BUNDLE), encoding="utf-8")
    names |= {"FILE": "sealed.pdf", "FILE…": "bundle.json", "DIR": "exported", "2027-01-31": soon.date().isoformat()}
    yield Walk(machine, names, returned)
    read_settings.cache_clear()


def test_every_command_of_the_page_does_what_it_says(walk: Walk) -> None:
    page = commands()
    assert len(page) > 30
    failed = {}
    for command in page:
        walk.prepares(command)
        code, said = walk.types(command)
        # This machine has no mail server and no public address, which `check` is there to say.
        if code:
            failed[command] = said.splitlines()
    assert failed == {}
