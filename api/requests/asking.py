"""Who reads, and at which moment: all that batched reading needs of a request."""

from typing import Protocol

from clinic.documents.viewing import RecordViewer


class Asking(Protocol):
    """A request's context, to those who read for it."""

    @property
    def viewer(self) -> RecordViewer:
        """Who reads; raises `Unauthenticated` where nobody is signed in."""
        ...
