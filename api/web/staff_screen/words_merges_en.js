// English: merging two records of one person.

export default {
  mergeRecord: "Merge another record into this one",
  mergeHint: "If this person is on record twice. A colleague has to approve it.",
  mergeAsk: "Which other record is {name}, too?",
  mergeChoose: "Find the other record. It will be merged into this one.",
  mergeCompare: "Compare the two records",
  mergeTitle: "Is this one person, {name}?",
  mergeBody:
    "Everything of the other record moves here: addresses, documents, visits, relationships, history and the portal account. Whoever sees the documents of one record will see those of both. Compare them well: it can't be undone.",
  mergeReason: "How you know that it is one person",
  mergeReasonHint: "Your colleague reads this.",
  mergeRequest: "Ask a colleague to approve the merge",
  mergeRequested: "The request waits for a colleague.",
  mergeWaits: "A merge is waiting: {name}",
  mergeKept: "This record stays",
  mergeDuplicate: "This record is merged into it",
  mergeCounts: "On record",
  mergeCounted: "{documents} documents, {appointments} appointments, {relationships} relationships",
  mergeApprove: "Merge the two records",
  mergeApproveAsk: "Merge the two records of {name}?",
  mergeApproveBody:
    "Everything moves to the record that stays. It can't be undone. If a portal account moves, its person confirms who they are at the next visit.",
  merged: "The two records are one.",
  mergeDecline: "Leave both records as they are",
  mergeDeclined: "Declined. Both records stay as they are.",
  mergeWithdrawn: "The request is withdrawn. Both records stay as they are.",
  mergedInto: "This record was merged into another one.",
  refusedMergeBlockedSAME_RECORD: "Choose another record: this is the same one.",
  refusedMergeBlockedARCHIVED:
    "One of the two records is archived or was merged before. Restore it first, or use the other one.",
  refusedMergeBlockedRELATED:
    "These two are related to each other, so they are two people. If that is a mistake, give the relationship an end date first.",
  refusedMergeBlockedBOTH_LINKED:
    "Both records have a portal account. Find out which one the person uses, and unlink the other first.",
  refusedMergeBlockedOPEN_TRANSFER: "A transfer of a portal account waits on one of the records. Decide it first.",
  refusedMergeBlockedBOTH_SIGN:
    "A document waits for the signatures of both records. Withdraw it and add it anew first.",
  refusedMergeBlockedTOO_MANY_ADDRESSES: "Together they have too many email addresses. Remove some first.",
  refusedMergeBlockedTOO_MANY_PHONES: "Together they have too many phone numbers. Remove some first.",
};
