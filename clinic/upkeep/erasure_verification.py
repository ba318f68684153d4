"""Compares each event that tells of an erased document with what the chain says before it (decision 0078).

The event accounts for evidence that is gone. So it must name as many signatures as were given, and the rule that the
practice had by its own events, under which the years had passed. A rule that was changed in the database only is found.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from clinic.documents.retention import years_after
from clinic.organizations.actions import KEPT_FOR_EVER
from clinic.upkeep.audit_faults import ChainFault, Fault
from clinic.upkeep.evidence_verification import ERASED, SIGNED, details_of
from clinic.work.models import AuditEvent

_RULE = "signed_retention_years"


class ErasureCheck:
    """Reads a chain from its beginning, page by page, and knows the rule at each event."""

    def __init__(self, organization_id: UUID) -> None:
        self._organization_id = organization_id
        self._rule = KEPT_FOR_EVER

    async def checked(self, events: Sequence[AuditEvent]) -> list[tuple[AuditEvent, ChainFault | None]]:
        """Each erasure among the next events with its fault, in order. One statement, or none."""
        erased = {event.subject_id for event in events if event.action == ERASED}
        given: dict[UUID, list[tuple[int, datetime]]] = defaultdict(list)
        if erased:
            for event in await AuditEvent.filter(
                organization_id=self._organization_id, subject_id__in=list(erased), action=SIGNED
            ):
                given[event.subject_id].append((event.sequence, event.at))
        checked: list[tuple[AuditEvent, ChainFault | None]] = []
        for event in events:
            if event.action == "organization.updated":
                self._rule = details_of(event).get(_RULE, self._rule)
            elif event.action == ERASED:
                before = [at for sequence, at in given[event.subject_id] if sequence < event.sequence]
                fault = ChainFault(Fault.ERASED_TOO_EARLY, event.sequence, event.subject_id)
                checked.append((event, None if self._allows(event, before) else fault))
        return checked

    def _allows(self, event: AuditEvent, signed: Sequence[datetime]) -> bool:
        said = details_of(event)
        if said.get("signatures") != str(len(signed)):
            return False
        if not signed:
            return True
        if said.get("years") != self._rule or not self._rule.isdecimal():
            return False
        # The practice's zone may have changed since, so the days may be those of any zone.
        a_day = timedelta(days=1)
        return years_after((max(signed) - a_day).date(), int(self._rule)) <= (event.at + a_day).date()
