// English: finding people, and what the desk hears of what it did.

export default {
  suggestions: "People who fit",
  suggested: "{count} people fit. Arrow down to choose, Enter to find.",
  bornOn: "born {date}",
  notSentYet: "Not sent yet",
  takesLong: "This takes a moment…",
  pageOffline: "You are offline, and this page was not loaded before. Connect, and try again. Nothing was changed.",
};
