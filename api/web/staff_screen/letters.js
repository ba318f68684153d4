// Letters: to whom each went, how far it got, and why it failed. For the whole practice, or for one record.

import { h } from "../shared/markup.js";
import { link, show } from "./dom.js";
import { address } from "./navigate.js";
import { pagedTable } from "./paged.js";
import { query } from "./session.js";
import { moment, t } from "./words.js";

const FIELDS = `nodes { id kind toAddress state createdAt sentAt failedAt nextAttemptAt failure
  contact { id displayName } } pageInfo { hasNextPage endCursor }`;
const ALL = `query ($state: [LetterState!], $after: String) {
  letters(state: $state, first: 50, after: $after) { ${FIELDS} } }`;
const OF_ONE = `query ($id: ID!, $state: [LetterState!], $after: String) { contact(id: $id) { displayName }
  letters(contactId: $id, state: $state, first: 50, after: $after) { ${FIELDS} } }`;
/** @type {Record<string, string[] | null>} */
const STATES = { ALL: null, WAITING: ["QUEUED"], WRONG: ["BOUNCED", "FAILED"] };

/** @param {About} about */
export async function view({ id, values, signal, settled }) {
  const state = values.get("state") ?? "";
  const chosen = state in STATES ? state : "ALL";
  /** @param {string | null} after */
  const answer = (after) => query(id ? OF_ONE : ALL, { ...(id && { id }), state: STATES[chosen], after }, { signal });
  const { contact, letters } = await answer(null);
  if (signal.aborted) return;
  settled();
  if (id && !contact) {
    show(t("contactGone"), [h("p", {}, t("contactGoneBody"))]);
    return;
  }
  show(id ? t("lettersTo", { name: contact.displayName }) : t("letters"), [
    id && h("p", {}, link(address("contact", {}, id), t("back"))),
    tabs(chosen, id),
    pagedTable({
      columns: id ? ["letterAbout", "email", "letterState"] : ["letterAbout", "name", "email", "letterState"],
      first: letters,
      read: async (after) => (await answer(after)).letters,
      row: (/** @type {ListedLetter} */ one) => row(one, !id),
      none: t("noLetters"),
    }),
  ]);
}

/**
 * @param {string} chosen
 * @param {string} id
 */
const tabs = (chosen, id) =>
  h(
    "nav",
    { "aria-label": t("states") },
    h(
      "ul",
      { class: "tabs" },
      Object.keys(STATES).map((one) =>
        h(
          "li",
          {},
          h(
            "a",
            {
              href: address("letters", one === "ALL" ? {} : { state: one }, id),
              "aria-current": one === chosen ? "page" : null,
            },
            t(`letters${one}`),
          ),
        ),
      ),
    ),
  );

/**
 * @param {ListedLetter} letter
 * @param {boolean} named
 */
const row = (letter, named) =>
  h(
    "tr",
    {},
    h("td", {}, t(`letter${letter.kind}`), h("div", { class: "soft" }, moment(letter.createdAt))),
    named &&
      h("td", {}, letter.contact ? link(address("contact", {}, letter.contact.id), letter.contact.displayName) : "--"),
    h("td", {}, letter.toAddress),
    h("td", {}, ...standing(letter)),
  );

/**
 * How far it got, when, and what the mail server said.
 * @param {ListedLetter} letter
 */
const standing = ({ state, sentAt, failedAt, nextAttemptAt, failure }) => [
  t(`letterIs${state}`, { when: moment(sentAt ?? failedAt ?? nextAttemptAt ?? "") }),
  failure && state !== "SENT" && state !== "CANCELLED" ? h("div", { class: "soft" }, failure) : "",
];
