"""Letters as the schema shows them."""

from datetime import datetime
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.server.fields import field
from api.server.relay import Cursors, encode_id
from api.types.graph import Contact
from clinic.charts.letters import LetterRow
from clinic.mail.models import LetterKind
from clinic.portal_access.status import LetterState

LETTER_CURSORS = Cursors("letters", (datetime, UUID))


@strawberry.type(description="A letter that was sent, waits, or went wrong. Its text is not kept.")
class Letter:
    contact_id: strawberry.Private[UUID | None]
    id: strawberry.ID = strawberry.field(description="Opaque, and the same for ever.")
    kind: LetterKind = strawberry.field(description="What it is for.")
    to_address: str = strawberry.field(description="The address that it goes to.")
    state: LetterState = strawberry.field(description="How far it got; never NONE.")
    created_at: datetime = strawberry.field(description="When its reason arose.")
    attempts: int = strawberry.field(description="How often it was tried.")
    next_attempt_at: datetime | None = strawberry.field(description="When it is tried next; null unless it waits.")
    sent_at: datetime | None = strawberry.field(description="When the mail server took it.")
    failed_at: datetime | None = strawberry.field(description="When it was refused for good, or given up.")
    failure: str | None = strawberry.field(
        description="What went wrong at the last try, mostly in the mail server's own words."
    )

    @classmethod
    def from_row(cls, row: LetterRow) -> "Letter":
        state = LetterState(row.status.value)
        return cls(
            contact_id=row.contact_id,
            id=strawberry.ID(encode_id("Letter", row.id)),
            kind=row.kind,
            to_address=row.to_address,
            state=state,
            created_at=row.created_at,
            attempts=row.attempts,
            next_attempt_at=row.next_attempt_at if state is LetterState.QUEUED else None,
            sent_at=row.sent_at,
            failed_at=row.failed_at,
            failure=row.failure or None,
        )

    @field("The record that it is about; null for letters to colleagues, and before a record is known.")
    async def contact(self, info: Info) -> Contact | None:
        row = await info.context.loaders.contact.load(self.contact_id) if self.contact_id else None
        return Contact.from_row(row) if row else None
