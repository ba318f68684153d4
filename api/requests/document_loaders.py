"""Batched reading for what hangs on documents: one statement for all rows of a level, or two."""

from uuid import UUID

from api.requests.asking import Asking
from api.server.loaders import Loader
from clinic.charts.contacts import ContactRow
from clinic.charts.named_people import people_by_name
from clinic.documents.completions import CompletionRow, completions_of
from clinic.documents.queries import (
    DocumentRow,
    SignatureRow,
    count_documents,
    count_for,
    documents_by_id,
    documents_of_contacts,
    signatures_of,
)
from clinic.documents.reader_lists import (
    count_by_contact,
    count_of_accounts,
    documents_by_contact,
    documents_for,
    documents_of_accounts,
)
from clinic.documents.visibility import Reader, entitled_to, reader_of, today_at
from clinic.values.callers import PatientCaller, StaffCaller
from clinic.values.paging import Page, PageRequest

ContactPage = tuple[UUID, PageRequest]
# Whose account, of which person or of all, which page.
AccountPage = tuple[UUID, UUID | None, PageRequest]
AccountCount = tuple[UUID, UUID | None]

_NOTHING: Page[DocumentRow] = Page((), has_next=False, has_previous=False)


class DocumentLoaders:
    """Nothing is read here that the caller may not see: every statement asks for the caller's documents only."""

    def __init__(self, asking: Asking, contact: Loader[UUID, ContactRow | None]) -> None:
        self._asking = asking
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
        self._readers: Loader[PatientCaller, Reader | None] = Loader(self._read_readers)

    async def reader(self) -> Reader | None:
        """Whose eyes a patient reads with; None for staff, too."""
        caller = self._asking.person
        return await self.reader_for(caller) if isinstance(caller, PatientCaller) else None

    async def reader_for(self, caller: PatientCaller) -> Reader | None:
        """Whose eyes the patient reads with; None until they have shown who they are."""
        return await self._readers.load(caller)

    async def _read_readers(self, callers: list[PatientCaller]) -> list[Reader | None]:
        return [await reader_of(caller, self._asking.now) for caller in callers]

    async def _documents(self, ids: list[UUID]) -> list[DocumentRow | None]:
        found = await documents_by_id(self._asking.person, ids, self._asking.now)
        return [found.get(key) for key in ids]

    async def _of_contacts(self, keys: list[ContactPage]) -> list[Page[DocumentRow]]:
        pages: dict[ContactPage, Page[DocumentRow]] = {}
        for request in {key[1] for key in keys}:
            found = await self._contact_pages([key[0] for key in keys if key[1] == request], request)
            pages.update({(contact_id, request): page for contact_id, page in found.items()})
        return [pages.get(key, _NOTHING) for key in keys]

    async def _contact_pages(self, contact_ids: list[UUID], request: PageRequest) -> dict[UUID, Page[DocumentRow]]:
        caller = self._asking.person
        if isinstance(caller, StaffCaller):
            return await documents_of_contacts(caller, contact_ids, request)
        reader = await self.reader()
        if reader is None:
            return {}
        if len(contact_ids) == 1:
            return {contact_ids[0]: await documents_for(reader, request, of_contact=contact_ids[0])}
        return await documents_by_contact(reader, contact_ids, request)

    async def _contact_counts(self, ids: list[UUID]) -> list[int]:
        caller = self._asking.person
        if isinstance(caller, StaffCaller):
            counts = await count_documents(caller, ids)
        else:
            reader = await self.reader()
            counts = await count_by_contact(reader, ids) if reader else {}
        return [counts.get(key, 0) for key in ids]

    async def _of_accounts(self, keys: list[AccountPage]) -> list[Page[DocumentRow]]:
        pages: dict[AccountPage, Page[DocumentRow]] = {}
        for whose, request in {key[1:] for key in keys}:
            accounts = [key[0] for key in keys if key[1:] == (whose, request)]
            found = await self._account_pages(accounts, whose, request)
            pages.update({(account_id, whose, request): page for account_id, page in found.items()})
        return [pages.get(key, _NOTHING) for key in keys]

    async def _account_pages(
        self, account_ids: list[UUID], whose: UUID | None, request: PageRequest
    ) -> dict[UUID, Page[DocumentRow]]:
        caller = self._asking.person
        if isinstance(caller, StaffCaller):
            return await documents_of_accounts(caller, account_ids, request, self._asking.now, of_contact=whose)
        reader = await self.reader()
        if reader is None or caller.account_id not in account_ids:
            return {}
        return {caller.account_id: await documents_for(reader, request, of_contact=whose)}

    async def _account_counts(self, keys: list[AccountCount]) -> list[int]:
        counts: dict[AccountCount, int] = {}
        for whose in {key[1] for key in keys}:
            found = await self._counts_of_accounts([key[0] for key in keys if key[1] == whose], whose)
            counts.update({(account_id, whose): number for account_id, number in found.items()})
        return [counts.get(key, 0) for key in keys]

    async def _counts_of_accounts(self, account_ids: list[UUID], whose: UUID | None) -> dict[UUID, int]:
        caller = self._asking.person
        if isinstance(caller, StaffCaller):
            return await count_of_accounts(caller, account_ids, self._asking.now, of_contact=whose)
        reader = await self.reader()
        if reader is None or caller.account_id not in account_ids:
            return {}
        return {caller.account_id: await count_for(reader, of_contact=whose)}

    async def _signatures(self, document_ids: list[UUID]) -> list[list[SignatureRow]]:
        found = await signatures_of(self._asking.person.organization_id, document_ids)
        return [found[key] for key in document_ids]

    async def _completions(self, document_ids: list[UUID]) -> list[CompletionRow | None]:
        found = await completions_of(self._asking.person.organization_id, document_ids)
        return [found.get(key) for key in document_ids]

    async def _recipients(self, document_ids: list[UUID]) -> list[list[UUID]]:
        """Who sees each document today, as far as the caller may know: patients know only of themselves."""
        organization_id, now = self._asking.person.organization_id, self._asking.now
        reader = await self.reader()
        today = reader.today if reader else await today_at(organization_id, now)
        found: dict[UUID, list[UUID]] = {key: [] for key in document_ids}
        for entitled in await entitled_to(organization_id, document_ids, today):
            if isinstance(self._asking.person, StaffCaller) or (reader and entitled.contact_id == reader.contact_id):
                found[entitled.document_id].append(entitled.contact_id)
        return [found[key] for key in document_ids]

    async def _people(self, ids: list[UUID]) -> list[ContactRow | None]:
        """Whom documents at hand name: in full where the caller may see the record, else by name."""
        caller = self._asking.person
        known = ids
        if isinstance(caller, PatientCaller):
            reader = await self.reader()
            known = [key for key in ids if reader and key == reader.contact_id]
        rows = await self._contact.load_many(known)
        found = {row.id: row for row in rows if row}
        others = [key for key in ids if key not in found]
        if others and isinstance(caller, PatientCaller):
            found |= await people_by_name(caller, others)
        return [found.get(key) for key in ids]
