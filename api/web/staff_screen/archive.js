// Archiving a record and taking it back.

import { Trouble } from "../shared/graphql.js";
import { h } from "../shared/markup.js";
import { ANSWER, edit } from "./clash.js";
import { action, link, notice } from "./dom.js";
import { address } from "./navigate.js";
import { may } from "./session.js";
import { date, t } from "./words.js";

const ARCHIVE = `mutation ($input: ArchiveContactInput!) { answer: archiveContact(input: $input) { ${ANSWER}
  ... on ArchiveContactSuccess { contact { id version } } } }`;
const RESTORE = `mutation ($input: RestoreContactInput!) { answer: restoreContact(input: $input) { __typename ... on UserError { message }
  ... on ChangedMeanwhile { version changes { at by fields } current { ... on Contact { archivedAt } } }
  ... on RestoreContactSuccess { contact { id version } } } }`;

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
export const archiveAction = (contact, again) =>
  h(
    "div",
    { class: "after" },
    action(t("archiveRecord"), async () => {
      const done = await edit(ARCHIVE, { contactId: contact.id }, contact.version).catch(inWords);
      const archived = done?.["contact"];
      notice(t(done ? "archivedNow" : "clashTaken"), archived ? () => restore(archived, again) : null);
      await again();
    }),
    h("p", { class: "hint" }, t("archiveHint")),
  );

/**
 * The one thing that stands in the way besides a clash, in the language of the screen.
 * @param {unknown} problem
 * @returns {never}
 */
function inWords(problem) {
  const linked = problem instanceof Trouble && problem.details.type === "InvalidInput";
  throw linked ? new Trouble("refused", t("archiveLinked"), { type: "" }) : problem;
}

/**
 * What the page of an archived record says first.
 * @param {ContactRecord} contact
 * @param {Again} again
 */
export const archivedWords = (contact, again) =>
  contact.mergedInto
    ? h(
        "div",
        {},
        h("p", { class: "blocked" }, t("mergedInto")),
        h(
          "p",
          {},
          link(
            address("contact", {}, contact.mergedInto.id),
            t("openRecord", { name: contact.mergedInto.displayName }),
          ),
        ),
      )
    : h(
        "div",
        {},
        h("p", { class: "blocked" }, t("archivedOn", { date: date(contact.archivedAt, "short") })),
        may("MANAGE_CONTACTS") && action(t("restoreRecord"), () => restore(contact, again), { quiet: false }),
      );

/**
 * @param {{ id: string, version: number }} contact
 * @param {Again} again
 */
async function restore(contact, again) {
  const done = await edit(RESTORE, { contactId: contact.id }, contact.version);
  notice(t(done ? "restoredNow" : "clashTaken"));
  await again();
}
