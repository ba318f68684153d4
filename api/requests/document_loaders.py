"""Batched reading for what hangs on documents: one statement for all rows of a level, or two."""

from uuid import UUID

from api.requests.request_facts import RequestFacts
from api.server.loaders import Loader
from clinic.charts.contact_rows import ContactRow
from clinic.charts.viewing import visible_people
from clinic.documents.completions import CompletionRow, completions_of
from clinic.documents.queries import DocumentRow, SignatureRow, documents_by_id, signatures_of
from clinic.documents.viewing import (
    counts_of_accounts,
    counts_of_contacts,
    pages_of_accounts,
    pages_of_contacts,
    recipients_of,
)
from clinic.values.paging import Page, PageRequest

ContactPage = tuple[UUID, PageRequest]
# Whose account, of which person or of all, which page.
AccountPage = tuple[UUID, UUID | None, PageRequest]
AccountCount = tuple[UUID, UUID | None]

_NOTHING: Page[DocumentRow] = Page((), has_next=False, has_previous=False)


class DocumentLoaders:
    """Nothing is read here that the caller may not see: every statement asks for the caller's documents only."""

    def __init__(self, facts: RequestFacts, contact: Loader[UUID, ContactRow | None]) -> None:
        self._facts = facts
        self._contact = contact
        self.document: Loader[UUID, DocumentRow | None] = Loader(self._documents)
        self.of_contact: Loader[ContactPage, Page[DocumentRow]] = Loader(self._of_contacts)
        self.of_account: Loader[AccountPage, Page[DocumentRow]] = Loader(self._of_accounts)
        self.contact_count: Loader[UUID, int] = Loader(self._contact_counts)
        self.account_count: Loader[AccountCount, int] = Loader(self._account_counts)
        self.signatures: Loader[UUID, list[SignatureRow]] = Loader(self._signatures)
        self.recipients: Loader[UUID, list[UUID]] = Loader(self._recipients)
        self.person: Loader[UUID, ContactRow | None] = Loader(self._people)
        self.completion: Loader[UUID, CompletionRow | None] = Loader(self._completions)

    async def _documents(self, ids: list[UUID]) -> list[DocumentRow | None]:
        viewer = self._facts.viewer
        found = await documents_by_id(viewer.caller, ids, viewer.now)
        self._facts.note_shown(row.contact_id for row in found.values())
        return [found.get(key) for key in ids]

    async def _of_contacts(self, keys: list[ContactPage]) -> list[Page[DocumentRow]]:
        pages: dict[ContactPage, Page[DocumentRow]] = {}
        for request in {key[1] for key in keys}:
            contact_ids = [key[0] for key in keys if key[1] == request]
            found = await pages_of_contacts(self._facts.viewer, contact_ids, request)
            pages.update({(contact_id, request): page for contact_id, page in found.items()})
        return [pages.get(key, _NOTHING) for key in keys]

    async def _contact_counts(self, ids: list[UUID]) -> list[int]:
        counts = await counts_of_contacts(self._facts.viewer, ids)
        return [counts.get(key, 0) for key in ids]

    async def _of_accounts(self, keys: list[AccountPage]) -> list[Page[DocumentRow]]:
        pages: dict[AccountPage, Page[DocumentRow]] = {}
        for whose, request in {key[1:] for key in keys}:
            account_ids = [key[0] for key in keys if key[1:] == (whose, request)]
            found = await pages_of_accounts(self._facts.viewer, account_ids, request, of_contact=whose)
            self._facts.note_shown(row.contact_id for page in found.values() for row in page.rows)
            pages.update({(account_id, whose, request): page for account_id, page in found.items()})
        return [pages.get(key, _NOTHING) for key in keys]

    async def _account_counts(self, keys: list[AccountCount]) -> list[int]:
        counts: dict[AccountCount, int] = {}
        for whose in {key[1] for key in keys}:
            account_ids = [key[0] for key in keys if key[1] == whose]
            found = await counts_of_accounts(self._facts.viewer, account_ids, of_contact=whose)
            counts.update({(account_id, whose): number for account_id, number in found.items()})
        return [counts.get(key, 0) for key in keys]

    async def _signatures(self, document_ids: list[UUID]) -> list[list[SignatureRow]]:
        found = await signatures_of(self._facts.viewer.organization_id, document_ids)
        return [found[key] for key in document_ids]

    async def _completions(self, document_ids: list[UUID]) -> list[CompletionRow | None]:
        found = await completions_of(self._facts.viewer.organization_id, document_ids)
        return [found.get(key) for key in document_ids]

    async def _recipients(self, document_ids: list[UUID]) -> list[list[UUID]]:
        found = await recipients_of(self._facts.viewer, document_ids)
        return [found[key] for key in document_ids]

    async def _people(self, ids: list[UUID]) -> list[ContactRow | None]:
        found = await visible_people(self._facts.viewer, ids, self._contact.load_many)
        return [found.get(key) for key in ids]
