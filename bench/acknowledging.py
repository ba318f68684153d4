"""`python -m bench.acknowledging NOTES NUMBER`: makes contacts, and writes the id of each to a file once it is made.

It is the program whose power is cut in `bench.power_cut`: the product's action, with the settings of the environment.
"""

import asyncio
import os
import sys

from clinic.organizations.models import Organization
from clinic.records.actions.contacts import ContactFacts, create_contact
from clinic.values.callers import SystemCaller
from runtime.database import open_database
from runtime.few_services import build_few_services
from runtime.settings import read_settings


async def main(notes: str, number: int) -> None:
    settings = read_settings()
    services = build_few_services(settings)
    noted = os.open(notes, os.O_WRONLY | os.O_CREAT, 0o600)
    async with open_database(settings.database_url):
        [organization] = await Organization.all()
        caller = SystemCaller(organization.id, "bench")
        for each in range(number):
            facts = ContactFacts("Ada", f"Person {each}", emails=(f"person.{each}@example.com",))
            contact = await create_contact(caller, facts, services)
            os.write(noted, f"{contact.id}\n".encode())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
