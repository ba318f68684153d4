// Drafts of documents: what somebody typed into the dialog and has not sent. They are the person's own: in this window's
// memory, and in the tab's storage for a reload, from which the end of a session removes them (session.js). Signing out
// ends them; who is signed out because nobody worked finds theirs in memory.

import { DRAFTS } from "./session.js";

/**
 * @typedef {object} TypedDocument
 * @property {string} title
 * @property {string} kind
 * @property {string} language
 * @property {boolean} isFile
 * @property {string} fileName
 * @property {string} text
 * @property {string[]} signerIds
 * @property {boolean} inSequence
 * @property {string} sharing as the choice of readers names it
 * @property {string[]} recipientIds
 */

/**
 * What was sent and not answered yet: after a reload the same document is asked for with the same key.
 * @typedef {object} Sent
 * @property {{ asked: string, key: string } | null} intent
 * @property {string | null} uploadId of the file that was sent
 * @property {boolean} flattened
 * @property {string | null} file how it is known when it is chosen again
 */

/**
 * `file` is lost by a reload: a page may not choose a file by itself.
 * @typedef {{ typed: TypedDocument, sent?: Sent | null, file?: File | null }} Draft
 */

/** @type {{ person: string, drafts: Record<string, Draft> } | null} */
let kept = null;

/** @param {string} person */
function of(person) {
  kept ??= read();
  if (kept?.person !== person) kept = { person, drafts: {} };
  return kept.drafts;
}

/**
 * @param {string} person
 * @param {string} place what it is a draft for
 * @returns {Draft | null}
 */
export const draftOf = (person, place) => of(person)[place] ?? null;

/**
 * @param {string} person
 * @param {string} place
 * @param {Draft | null} draft null: it has ended
 */
export function keepDraft(person, place, draft) {
  const drafts = of(person);
  if (draft) drafts[place] = draft;
  else delete drafts[place];
  write(person, drafts);
}

export function forgetDrafts() {
  kept = null;
}

/** @returns {{ person: string, drafts: Record<string, Draft> } | null} */
function read() {
  try {
    return JSON.parse(sessionStorage.getItem(DRAFTS) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {string} person
 * @param {Record<string, Draft>} drafts
 */
function write(person, drafts) {
  const typed = Object.fromEntries(
    Object.entries(drafts).map(([place, draft]) => [place, { typed: draft.typed, sent: draft.sent }]),
  );
  try {
    if (Object.keys(typed).length) sessionStorage.setItem(DRAFTS, JSON.stringify({ person, drafts: typed }));
    else sessionStorage.removeItem(DRAFTS);
  } catch {
    /* It is kept until the page is loaded again. */
  }
}
