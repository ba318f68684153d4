// Who did what to one record, newest first.

import { h } from "../shared/markup.js";
import { link, show } from "./dom.js";
import { address } from "./navigate.js";
import { pagedTable } from "./paged.js";
import { query } from "./session.js";
import { currentLanguage, moment, t } from "./words.js";
import actions from "./words_audit.js";

const NAME = "query ($id: ID!) { contact(id: $id) { displayName } }";
const EVENTS = `query ($id: ID!, $after: String) { auditEvents(subjectId: $id, withRelated: true, first: 50, after: $after) {
  nodes { id at action actor reason subject { ... on Document { title } ... on PortalAccount { email } } } pageInfo { hasNextPage endCursor } } }`;

/** @param {string} action */
const what = (action) => /** @type {Record<string, string>} */ (actions[currentLanguage()])[action] ?? action;

/**
 * What it was done to, where that is not the record itself.
 * @param {AuditEvent["subject"]} subject
 */
const about = (subject) => {
  const name = subject?.title ?? subject?.email;
  return name ? h("span", { class: "soft" }, `: ${name}`) : "";
};

/** @param {About} about */
export async function view({ id, signal, settled }) {
  const back = h("p", {}, link(address("contact", {}, id), t("back")));
  const { contact } = await query(NAME, { id }, { signal });
  const title = contact ? t("auditOf", { name: contact.displayName }) : t("contactGone");
  if (!contact) {
    settled();
    show(title, [h("p", {}, t("contactGoneBody")), back]);
    return;
  }
  /** @param {string | null} after */
  const read = async (after) => (await query(EVENTS, { id, after }, { signal })).auditEvents;
  const first = await read(null);
  if (signal.aborted) return;
  settled();
  const columns = ["when", "whatHappened", "whoDid", "why"];
  show(title, [back, pagedTable({ columns, first, read, row, none: t("noAudit") })]);
}

/** @param {AuditEvent} event */
const row = (event) =>
  h(
    "tr",
    {},
    h("td", {}, moment(event.at)),
    h("td", {}, what(event.action), about(event.subject)),
    h("td", {}, event.actor),
    h("td", {}, event.reason ?? ""),
  );
