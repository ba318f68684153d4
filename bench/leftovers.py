"""What every look at a database after the kills has in common: rows that must not be, and the audit chain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from clinic.database.rows import fetch
from clinic.portal_access.stored_state import contacts_with_wrong_state
from clinic.records.models import Contact
from clinic.upkeep.audit_verification import verify_chain, verify_links
from clinic.values.ports import Secrets


@dataclass
class Leftovers:
    """The outcome of one run. `broken` says in a sentence each what must not be; empty is good."""

    acknowledged: int = 0
    events: int = 0
    broken: list[str] = field(default_factory=list)

    async def look_for(self, half_states: Mapping[str, str]) -> None:
        """Each query finds rows that no committed action can have left behind."""
        for what, sql in half_states.items():
            if found := len(await fetch(sql)):
                self.broken.append(f"{found} {what}")

    async def walk_the_chain(self, organization_id: UUID, secrets: Secrets | None = None) -> None:
        """Every audit event has to be there, in one line, and with `secrets` be the program's."""
        report = await (verify_chain(organization_id, secrets) if secrets else verify_links(organization_id))
        self.events = report.events
        if report.broken_at is not None:
            self.broken.append(f"the audit chain is broken at {report.broken_at}")

    async def compare_states(self, organization_id: UUID) -> None:
        """The stored portal state of every contact has to be the one that the facts lead to."""
        ids = await Contact.filter(organization_id=organization_id).values_list("id", flat=True)
        if wrong := await contacts_with_wrong_state(organization_id, [UUID(str(one)) for one in ids]):
            self.broken.append(f"{len(wrong)} stored portal states are wrong")
