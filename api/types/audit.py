"""Audit events as the schema shows them."""

from datetime import datetime

import strawberry

from api.server.relay import Cursors, Node, encode_id
from clinic.charts.history import EventRow

EVENT_CURSORS = Cursors("events", (int,))


@strawberry.type(description="Who did what to which record, when and why. Each holds the hash of the one before.")
class AuditEvent(Node):
    at: datetime = strawberry.field(description="When.")
    action: str = strawberry.field(description="What, as a code such as contact.updated; may gain values.")
    actor: str = strawberry.field(description="Who: a staff member's name, an account's address, or a program.")
    via: str | None = strawberry.field(description="The program that acted for them, if one did.")
    subject: Node | None = strawberry.field(description="To which record; null where there is nothing to fetch.")
    reason: str | None = strawberry.field(description="Why, where one was given.")
    hash: str = strawberry.field(description="Covers everything in the event and the hash before it.")
    previous_hash: str | None = strawberry.field(description="The hash of the organization's event before this one.")

    @classmethod
    def from_row(cls, row: EventRow, subject: Node | None) -> "AuditEvent":
        return cls(
            id=strawberry.ID(encode_id("AuditEvent", row.id)),
            at=row.at,
            action=row.action,
            actor=row.actor,
            via=row.via,
            subject=subject,
            reason=row.reason or None,
            hash=row.hash,
            previous_hash=row.previous_hash or None,
        )
