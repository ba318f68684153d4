"""Leo and his child Mia, with Rosa, who is Mia's grandmother: who reads whose documents, and as whom they ask."""

from dataclasses import dataclass

from api.server.relay import encode_id
from clinic.portal_access.models import LinkedHow, PortalAccount, PortalLink
from clinic.records.actions.relationships import create_relationship
from clinic.records.models import Contact, Relationship
from clinic.sessions.actions import open_patient_session
from clinic.sessions.models import SessionKind
from clinic.values.callers import Origin, PatientCaller
from clinic.values.passwords import hash_password
from tests.api.client import Client
from tests.factories import PASSWORD, Practice


@dataclass(frozen=True)
class Person:
    """Somebody with an account, a confirmed link and a session in an app."""

    contact: Contact
    account: PortalAccount
    link: PortalLink
    caller: PatientCaller
    client: Client

    @property
    def id(self) -> str:
        return encode_id("Contact", self.contact.id)


@dataclass(frozen=True)
class Family:
    """Leo has access to what is shared of Mia's; Rosa has none, until `rosas` is ticked; Omar belongs to nobody."""

    leo: Person
    mia: Contact
    rosa: Person
    omar: Person
    leos: Relationship
    rosas: Relationship


async def make_family(practice: Practice, stranger: Client) -> Family:
    """Everybody of one practice."""
    leo = await person(practice, stranger, "Leo", "Park")
    rosa = await person(practice, stranger, "Rosa", "Park")
    omar = await person(practice, stranger, "Omar", "Reyes")
    mia = await practice.contact("Mia", "Park", emails=())
    system, services = practice.system, practice.services
    leos = await create_relationship(system, mia.id, leo.contact.id, "father", services, portal_access=True)
    rosas = await create_relationship(system, mia.id, rosa.contact.id, "grandmother", services)
    return Family(leo, mia, rosa, omar, leos, rosas)


async def person(practice: Practice, stranger: Client, given_name: str, family_name: str) -> Person:
    """A contact whose account is written straight into the tables: how people register is another test."""
    now, here = practice.services.clock.now(), practice.organization.id
    email = f"{given_name}.{family_name}@example.com".lower()
    contact = await practice.contact(given_name, family_name, emails=(email,))
    account = await PortalAccount.create(
        organization_id=here,
        email=email,
        email_normal=email,
        password_hash=await hash_password(PASSWORD),
        created_at=now,
        registered_at=now,
        email_verified_at=now,
    )
    link = await PortalLink.create(
        organization_id=here,
        account_id=account.id,
        contact_id=contact.id,
        email=email,
        linked_at=now,
        linked_how=LinkedHow.PIN,
        identity_confirmed_at=now,
    )
    session = await open_patient_session(here, account.id, SessionKind.API, Origin("127.0.0.1"), now)
    caller = PatientCaller(here, account.id, session.session_id, Origin("127.0.0.1"))
    return Person(contact, account, link, caller, stranger.holding(session.access_token))
