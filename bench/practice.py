"""The practice that measurements are made of: founded by the product's own actions, filled by the generator."""

import asyncio
from dataclasses import dataclass

from adapters.files import StoredFiles
from adapters.logos import ProcessLogoPainter
from adapters.pdf import ReportlabRenderer
from adapters.pdf_reading.reader import ProcessPdfReader
from adapters.sealing import PyhankoSealer, SigningKeyFile
from adapters.second_factors import SecondFactorLibraries
from adapters.secrets import KeyringSecrets
from bench.loading import load
from bench.records import Ground, Records
from bench.stage import Deployment
from clinic.organizations.actions import NewOrganization, create_facility, create_organization
from clinic.organizations.models import Organization
from clinic.portal_access.stored_state import store_states
from clinic.staff.actions import create_staff_member
from clinic.upkeep.state_verification import store_missing_states
from clinic.values.callers import Permission, SystemCaller
from clinic.values.pin import new_pin
from clinic.values.ports import Addresses, Services, SystemClock
from runtime.database import open_database
from runtime.wiring import build_events

SLUG = "alder"
EMAIL = "desk@alder.example"
PASSWORD = "four brass lanterns hum"
# A front desk's: what the icon needs, not more.
PERMISSIONS = (Permission.VIEW_CONTACTS, Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS)
FACILITIES = ("Riverside", "Hilltop")


@dataclass(frozen=True)
class Founded:
    """The practice as it stands before its records are loaded."""

    organization: Organization
    ground: Ground


def services_of(deployment: Deployment) -> Services:
    """The services of this process, under the deployment's key. It sends no letter."""
    return Services(
        clock=SystemClock(),
        secrets=KeyringSecrets([deployment.secret_key]),
        pdf=ReportlabRenderer(),
        mail=None,
        addresses=Addresses(deployment.environment["VESTIBULE_API_URL"], "http://portal.example", "no-reply@x.example"),
        files=StoredFiles.at(deployment.environment["VESTIBULE_FILES_URL"]),
        reader=ProcessPdfReader(),
        logos=ProcessLogoPainter(),
        sealer=PyhankoSealer(SigningKeyFile(deployment.signing_key)),
        events=build_events(deployment.database_url, SystemClock()),
        wait=asyncio.sleep,
        factors=SecondFactorLibraries(),
        store_states=store_states,
    )


async def found(deployment: Deployment) -> Founded:
    """The organization, its places and one staff member, in an empty database."""
    services = services_of(deployment)
    async with open_database(deployment.database_url):
        organization = await create_organization(
            NewOrganization(slug=SLUG, name="Alder Clinic", time_zone="America/Boise"), services, by="bench"
        )
        caller = SystemCaller(organization.id, "bench")
        places = [await create_facility(caller, name, services) for name in FACILITIES]
        await create_staff_member(
            caller, name="Fran Desk", email=EMAIL, password=PASSWORD, services=services, permissions=PERMISSIONS
        )
    ground = Ground(
        organization.id,
        tuple(place.id for place in places),
        services.secrets.encrypt(new_pin()),
        services.clock.now(),
    )
    return Founded(organization, ground)


async def found_and_fill(deployment: Deployment, contacts: int) -> Founded:
    """The same with so many contacts and a full calendar."""
    founded = await found(deployment)
    await load(deployment.database_url, Records.made_up(founded.ground, contacts))
    async with open_database(deployment.database_url):
        await store_missing_states()
    return founded
