"""Making practices, people and sessions for tests, through the same actions the product uses."""

from dataclasses import dataclass, field
from datetime import date
from email.message import EmailMessage
from itertools import count

from obstore.store import MemoryStore

from adapters.events import ChangeLog, DatabasePoller, Hub
from adapters.files import StoredFiles
from adapters.logos import ProcessLogoPainter
from adapters.openid import OpenIdClient
from adapters.pdf import ReportlabRenderer
from adapters.program_keys import JoseProgramKeys
from adapters.second_factors import SecondFactorLibraries
from adapters.secrets import KeyringSecrets, new_key
from adapters.webhook_signing import StandardWebhookSigner
from clinic.organizations.actions import NewOrganization, create_organization
from clinic.organizations.models import Organization
from clinic.portal_access.stored_state import store_states
from clinic.records.actions.contacts import ContactFacts, create_contact
from clinic.records.models import Contact
from clinic.sessions.actions import OpenedSession, open_staff_session
from clinic.staff.models import StaffMember, permissions_as_text
from clinic.values.callers import Anonymous, Origin, Permission, StaffCaller, SystemCaller
from clinic.values.outgoing import Outgoing
from clinic.values.ports import Addresses, Clock, Services
from clinic.work.changes import changes_after, changes_since, last_number
from tests.clock import no_wait
from tests.factories.keys import made_sealer
from tests.factories.reading import RememberingPdfReader
from tests.factories.receiver import Receiver

PASSWORD = "seven purple kettles sing"
BORN = date(1980, 5, 4)
EVERY_PERMISSION = frozenset(Permission)

# All services of one test run have the same keys, so that what one wrote is proven to the others.
SECRET_KEY = new_key()
KEYRING = KeyringSecrets([SECRET_KEY])

_numbers = count(1)


@dataclass
class Mailbox:
    """The port `MailSender`: keeps what it is handed, or raises what it is told to."""

    letters: list[EmailMessage] = field(default_factory=list)
    trouble: Exception | None = None

    async def deliver(self, message: EmailMessage) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.letters.append(message)


ADDRESSES = Addresses("https://api.vestibule.example", "https://portal.vestibule.example", "no-reply@v.example")


def make_services(
    clock: Clock, mailbox: Mailbox | None = None, addresses: Addresses = ADDRESSES, outgoing: Outgoing | None = None
) -> Services:
    """Real adapters, but for the mail server, the clock and the wait."""
    outgoing = outgoing or Receiver()
    return Services(
        clock=clock,
        secrets=KEYRING,
        pdf=ReportlabRenderer(),
        mail=mailbox,
        addresses=addresses,
        files=StoredFiles(MemoryStore()),
        reader=RememberingPdfReader(),
        logos=ProcessLogoPainter(),
        sealer=made_sealer(clock),
        events=polled_events(clock),
        wait=no_wait,
        factors=SecondFactorLibraries(),
        store_states=store_states,
        outgoing=outgoing,
        openid=OpenIdClient(outgoing),
        program_keys=JoseProgramKeys(outgoing),
        webhook_signer=StandardWebhookSigner(),
    )


def polled_events(clock: Clock) -> Hub:
    """Changes heard of by asking, which works on both databases."""
    return Hub(DatabasePoller(ChangeLog(last=last_number, since=changes_since, after=changes_after)), clock)


@dataclass
class Practice:
    """An organization, with ways to add people to it."""

    organization: Organization
    services: Services

    @property
    def system(self) -> SystemCaller:
        return SystemCaller(self.organization.id, "test")

    @property
    def anonymous(self) -> Anonymous:
        return Anonymous(self.organization.id, Origin("203.0.113.7", "test", "request-1"))

    async def staff(self, *permissions: Permission) -> StaffCaller:
        """A signed-in staff member who holds just these permissions and may read contacts."""
        return (await self.signed_in(*permissions))[0]

    async def signed_in(
        self, *permissions: Permission, reads_contacts: bool = True
    ) -> tuple[StaffCaller, OpenedSession]:
        """A staff member and the tokens of their session. The password hash is no hash: signing in is another test."""
        if reads_contacts:
            permissions = (*permissions, Permission.VIEW_CONTACTS)
        now = self.services.clock.now()
        address = f"staff{next(_numbers)}@practice.example"
        member = await StaffMember.create(
            organization_id=self.organization.id,
            name="Fran Desk",
            email=address,
            email_normal=address,
            password_hash="!",
            permissions=permissions_as_text(frozenset(permissions)),
            created_at=now,
        )
        session = await open_staff_session(self.organization.id, member.id, Origin("127.0.0.1"), now)
        caller = StaffCaller(
            self.organization.id,
            member.id,
            session.session_id,
            frozenset(permissions),
            time_zone=self.organization.time_zone,
        )
        return caller, session

    async def contact(
        self,
        given_name: str = "Omar",
        family_name: str = "Reyes",
        *,
        emails: tuple[str, ...] = ("omar.reyes@example.com",),
        date_of_birth: date | None = BORN,
        language: str = "en",
    ) -> Contact:
        facts = ContactFacts(given_name, family_name, emails=emails, date_of_birth=date_of_birth, language=language)
        return await create_contact(self.system, facts, self.services)


async def open_practice(services: Services, slug: str = "willow-creek", **more: object) -> Practice:
    """A practice with a phone, an address and a zone of its own."""
    facts = {
        "name": "Willow Creek Counseling",
        "phone": "+1 (208) 555-0134",
        "address": "12 Mill Lane\nBoise, ID 83702",
        "support_email": "help@willow-creek.example",
        "time_zone": "America/Boise",
        **more,
    }
    organization = await create_organization(NewOrganization(slug=slug, **facts), services, by="test")  # type: ignore[arg-type]  # facts are a test's own
    return Practice(organization, services)
