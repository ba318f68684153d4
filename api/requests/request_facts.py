"""Who reads, and at which moment: all that batched reading needs of a request."""

from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

from clinic.documents.viewing import RecordViewer
from clinic.values.callers import Caller
from clinic.values.ports import Services


class RequestFacts(Protocol):
    """A request's context, to those who read for it."""

    @property
    def caller(self) -> Caller | None:
        """Who is signed in, if anybody is."""
        ...

    @property
    def viewer(self) -> RecordViewer:
        """Who reads; raises `Unauthenticated` where nobody is signed in."""
        ...

    @property
    def services(self) -> Services:
        """Everything besides the database."""
        ...

    def note_shown(self, contact_ids: Iterable[UUID]) -> None:
        """Remember whose facts the answer shows, for the audit."""
        ...
