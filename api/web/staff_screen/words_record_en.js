// English: the first day, and a record's end.

export default {
  nobodyInStateYet: "Nobody is in this state. People come here when you add contacts and invite them.",
  // A record's end
  wholeRecord: "The whole record",
  wholeRecordBody: "All that is held about this person, to hand over or to erase.",
  exportRecord: "Export the record",
  exportReady: "The record of {name} is ready",
  exportReadyBody:
    "An archive with everything that is held about this person, and their documents. The link works for ten minutes. The export is noted in the audit.",
  downloadRecord: "Download the archive",
  eraseRecord: "Erase the record",
  eraseAsk: "Erase the record of {name}?",
  eraseBody:
    "Everything about this person is deleted: facts, visits, documents, emails and the portal account. It can't be undone. The audit keeps that it was done, without the name.",
  eraseReasonHint: "It stays in the audit, so name nobody.",
  eraseForGood: "Erase for good",
  erased: "The record is erased.",
  refusedMustBeKeptLIVE_LINK: "A portal account is linked to this record. End the link first.",
  refusedMustBeKeptOPEN_SIGNATURE: "Somebody is asked to sign a document of this record. Withdraw it first.",
  refusedMustBeKeptOPEN_TRANSFER: "A transfer of this record's portal account waits for a decision. Decide it first.",
  refusedMustBeKeptSIGNED_DOCUMENTS: "Signed documents and their evidence must be kept {until}.",
  untilDay: "until {day}",
  forEver: "for ever",
  refusedMustBeKeptOTHERS_DOCUMENT:
    "This person was asked to sign a document of another record, which must stay complete.",
};
