// English: adding a document in one dialog, and its draft.

export default {
  addAndShare: "Add the document and share it",
  replaceAndShare: "Put the new one in its place and share it",
  addedAndShared: "The document is on record and shared.",
  replacedAndShared: "The new document is in its place and shared.",
  wouldSee: "Would see it: {names}.",
  draftHint:
    "What you type is kept for you in this window until you send it, discard it or sign out. If the page is loaded again, choose the file once more: a browser does not keep it.",
  draftKept: "Not sent. Your draft is kept: open the same button to go on.",
  draftOpened: "You go on with your draft.",
  draftDiscard: "Discard the draft",
  fileAgain: "Choose “{name}” once more: the page was loaded again, and a browser does not keep files.",
};
