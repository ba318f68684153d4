// English: finding people, and what the desk hears of what it did.

export default {
  suggestions: "People who fit",
  suggested: "{count} people fit. Arrow down to choose, Enter to find.",
  bornOn: "born {date}",
  similarTitle: "Is this person on record already? Look before you add them a second time.",
  similarPerson: "same name and date of birth",
  similarAddress: "same email address",
  addAnyway: "Add this person anyway",
  notSentYet: "Not sent yet",
  takesLong: "This takes a moment…",
  pageOffline: "You are offline, and this page was not loaded before. Connect, and try again. Nothing was changed.",
};
