// Who did what to one record, newest first.

import { h } from "../shared/markup.js";
import { empty, link, show, trouble } from "./dom.js";
import { address } from "./navigate.js";
import { may, query } from "./session.js";
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
  if (!contact || !may("VIEW_AUDIT")) {
    settled();
    show(title, [contact ? empty(t("auditDenied")) : h("p", {}, t("contactGoneBody")), back]);
    return;
  }
  const first = (await query(EVENTS, { id, after: null }, { signal })).auditEvents;
  if (signal.aborted) return;
  settled();
  const body = h("tbody");
  const more = h("div", { class: "more" });

  /** @param {Page<AuditEvent>} page */
  function add(page) {
    body.append(
      ...page.nodes.map((event) =>
        h(
          "tr",
          {},
          h("td", {}, moment(event.at)),
          h("td", {}, what(event.action), about(event.subject)),
          h("td", {}, event.actor),
          h("td", {}, event.reason ?? ""),
        ),
      ),
    );
    more.replaceChildren(
      page.pageInfo.hasNextPage
        ? h("button", { type: "button", class: "quiet", onclick: () => next(page.pageInfo.endCursor) }, t("more"))
        : "",
    );
  }

  /** @param {string | null} after */
  async function next(after) {
    try {
      add((await query(EVENTS, { id, after }, { signal })).auditEvents);
    } catch (problem) {
      more.replaceChildren(trouble(problem, () => next(after)));
    }
  }

  add(first);
  show(title, [
    back,
    first.nodes.length
      ? h(
          "table",
          {},
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              ["when", "whatHappened", "whoDid", "why"].map((key) => h("th", { scope: "col" }, t(key))),
            ),
          ),
          body,
        )
      : empty(t("noAudit")),
    more,
  ]);
}
