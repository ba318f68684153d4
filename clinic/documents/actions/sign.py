"""Signs a document: exactly the bytes that were shown, after a password check, with evidence of its own.

Product §3.5 and §4, security.md (Signing), 21 CFR 11.50, 11.70, 11.100, 11.200.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.documents.access import SignatureToSign, lock_signature_to_sign, signature_to_sign
from clinic.documents.actions.consent import agree
from clinic.documents.consent import closest_language
from clinic.documents.errors import AlreadySigned, DocumentChanged
from clinic.documents.evidence import FORMAT, Consent, Evidence, as_json, evidence_hash
from clinic.documents.evidence_mac import evidence_mac
from clinic.documents.files import read_document
from clinic.documents.letters import notify_author, notify_readers, schedule_reminders
from clinic.documents.models import Completion, Document, EvidenceMacKind, Signature, SignatureEvidence, SigningConsent
from clinic.documents.visibility import entitled_to, today_at
from clinic.mail.models import LetterKind
from clinic.organizations.models import Organization
from clinic.portal_access.actions.reauthenticate import reauthenticate
from clinic.portal_access.models import PortalAccount
from clinic.records.models import Contact, Relationship
from clinic.sessions.access import lock_account_and_session
from clinic.sessions.models import PatientSession
from clinic.values.callers import PatientCaller
from clinic.values.errors import WrongCredentials
from clinic.values.ports import FileMissing, Services
from clinic.values.text import Problems
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

# The code of the authentication in the evidence: the person signed in with email and password, and entered the
# password again for this signature (21 CFR 11.200(a)(1)).
PASSWORD = "password"  # noqa: S105 - a code, no password


@dataclass(frozen=True)
class SigningForm:
    """What the person sends. `sha256` is the digest of the bytes that were shown, `language` the page's language.

    `consent_version` is the version of the consent text on the page; empty if none was shown, because the person had
    consented before.
    """

    document_id: UUID | None
    sha256: str
    typed_name: str
    password: str = field(repr=False)
    consent_version: str
    language: str


async def sign_document(caller: PatientCaller, form: SigningForm, services: Services) -> Document:
    """Give the caller's signature. The last signature starts the making of the sealed file.

    Signature, evidence, consent, letters and audit event are committed together. A repeated request raises
    `AlreadySigned`. Raises the errors of `signature_to_sign`, `DocumentChanged`, `InvalidInput`, `WrongCredentials`,
    `TooManyAttempts`, `SessionEnded`, and `FileStoreUnavailable`; then nothing is signed.
    """
    problems = Problems()
    typed_name = problems.line("typedName", form.typed_name)
    problems.raise_if_any()
    # Checked before the password, so that a stale page does not count as an attempt; checked again in the transaction.
    place = await signature_to_sign(caller, form.document_id, services.clock.now())
    await _require_shown_bytes(place.document, form, services)
    account = await reauthenticate(caller, form.password, services)
    return await _sign(caller, form, typed_name, account.password_hash, services)


async def _require_shown_bytes(document: Document, form: SigningForm, services: Services) -> None:
    """Raises `DocumentChanged` unless the shown digest is the document's and the stored bytes have it."""
    if document.sha256 != form.sha256:
        raise DocumentChanged
    try:
        await read_document(document.organization_id, document.sha256, services)
    except FileMissing:
        raise DocumentChanged from None


@retry_on_conflict
async def _sign(
    caller: PatientCaller, form: SigningForm, typed_name: str, checked_hash: str | None, services: Services
) -> Document:
    async with unit_of_work(caller, services) as work:
        account, session = await lock_account_and_session(caller, work.now)
        # The password was checked against this hash; another request may have changed it meanwhile.
        if account.password_hash != checked_hash:
            raise WrongCredentials
        place = await lock_signature_to_sign(caller, form.document_id, work.now)
        if place.document.sha256 != form.sha256:
            raise DocumentChanged
        consent = await agree(caller, form.consent_version, form.language, work)
        evidence = await _evidence(place, account, session, consent, typed_name, form.language, work)
        await _write(place, evidence, account, work, services)
        await _notify(place.document, work, services)
    return place.document


async def _evidence(
    place: SignatureToSign,
    account: PortalAccount,
    session: PatientSession,
    consent: SigningConsent,
    typed_name: str,
    language: str,
    work: Work,
) -> Evidence:
    document = place.document
    organization = await Organization.get(id=document.organization_id)
    client = await Contact.get(id=document.contact_id)
    signer = await Contact.get(id=place.signature.signer_id)
    relationship = await Relationship.get_or_none(client_id=client.id, relative_id=signer.id)
    return Evidence(
        format=FORMAT,
        organization_id=str(organization.id),
        organization=organization.name,
        document_id=str(document.id),
        document_title=document.title,
        document_sha256=document.sha256,
        page_count=document.page_count,
        client_id=str(client.id),
        client=client.display_name,
        signer_id=str(signer.id),
        signer=signer.display_name,
        relationship=relationship.kind if relationship else "",
        typed_name=typed_name,
        account_id=str(account.id),
        account_email=account.email,
        authentication=PASSWORD,
        signed_in_at=_utc(session.created_at),
        signed_at=_utc(work.now),
        signed_at_local=work.now.astimezone(ZoneInfo(organization.time_zone)).isoformat(timespec="seconds"),
        time_zone=organization.time_zone,
        language=closest_language(language),
        address=work.caller.origin.address or "",
        agent=(work.caller.origin.agent or "")[:300],
        consent=Consent(consent.version, consent.language, consent.text, _utc(consent.given_at)),
    )


async def _write(
    place: SignatureToSign, evidence: Evidence, account: PortalAccount, work: Work, services: Services
) -> None:
    signature, content = place.signature, as_json(evidence)
    # A guarded update in addition to the locks: only one request ever writes a signature here.
    open_ = Signature.filter(id=signature.id, signed_at=None, declined_at=None)
    if not await open_.update(signed_at=work.now, remind_at=None):
        raise AlreadySigned
    proof = await SignatureEvidence.create(
        organization_id=place.document.organization_id,
        signature_id=signature.id,
        account_id=account.id,
        content=content,
        hash=evidence_hash(content),
    )
    signature.signed_at = place.document.last_signed_at = work.now
    await place.document.save(update_fields=["last_signed_at"])
    signatures = await Signature.filter(document_id=place.document.id)
    kind = EvidenceMacKind.SIGNED
    await evidence_mac(kind, place.document, signatures, signature, proof, services.secrets).save(force_create=True)
    work.audit(
        "document.signed",
        place.document,
        signature=signature.id,
        signer=signature.signer_id,
        sha256=place.document.sha256,
        evidence=proof.hash,
    )
    work.concerns(signature.signer_id)


async def _notify(document: Document, work: Work, services: Services) -> None:
    """Queue a letter to staff and to the next signer of a sequence. After the last signature, queue the sealing."""
    await notify_author(LetterKind.STAFF_DOCUMENT_SIGNED, document, work.now, services)
    signatures = await Signature.filter(document_id=document.id)
    if all(signature.signed_at is not None for signature in signatures):
        await Completion.create(
            organization_id=document.organization_id, document_id=document.id, created_at=work.now, due_at=work.now
        )
        return
    turn = await schedule_reminders(document, signatures, work.now)
    if document.in_sequence:
        today = await today_at(document.organization_id, work.now)
        readers = await entitled_to(document.organization_id, [document.id], today)
        next_ = {signature.signer_id for signature in turn}
        await notify_readers([reader for reader in readers if reader.contact_id in next_], work.now, services)


def _utc(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("UTC")).isoformat(timespec="microseconds")
