// Before a person is added: who is on record already and may be the same person.

import { h } from "../shared/markup.js";
import { link } from "./dom.js";
import { address } from "./navigate.js";
import { query } from "./session.js";
import { date, t } from "./words.js";

const SIMILAR = `query ($givenName: String!, $familyName: String!, $dateOfBirth: Date, $emails: [String!]) {
  similarContacts(givenName: $givenName, familyName: $familyName, dateOfBirth: $dateOfBirth, emails: $emails) {
    sameNameAndBirthday sameAddress contact { id displayName dateOfBirth email archivedAt } } }`;

/**
 * Asks whether the person is on record already. `element` is the place where it is said; `none(person)` answers whether
 * nobody like them is on record, or somebody said to add them anyway. `again` submits the form once more.
 * @param {() => void} again
 */
export function similarPeople(again) {
  const element = h("div");
  let allowed = "";

  /** @param {SimilarFacts} person */
  async function none(person) {
    element.replaceChildren();
    const asked = JSON.stringify(person);
    if (asked === allowed) return true;
    /** @type {SimilarContact[]} */
    const found = (await query(SIMILAR, { ...person })).similarContacts;
    if (!found.length) return true;
    const anyway = h(
      "button",
      {
        type: "button",
        class: "quiet",
        onclick: () => {
          allowed = asked;
          again();
        },
      },
      t("addAnyway"),
    );
    const said = h(
      "div",
      { class: "alert", role: "alert", tabindex: "-1" },
      h("p", {}, t("similarTitle")),
      h("ul", {}, found.map(one)),
      h("div", { class: "buttons" }, anyway),
    );
    element.replaceChildren(said);
    said.focus();
    return false;
  }

  return { element, none };
}

/** @param {SimilarContact} similar */
const one = ({ contact, sameNameAndBirthday, sameAddress }) =>
  h(
    "li",
    {},
    link(address("contact", {}, contact.id), t("openRecord", { name: contact.displayName })),
    contact.archivedAt && h("span", { class: "mark" }, t("archivedMark")),
    h(
      "p",
      { class: "hint" },
      [
        sameNameAndBirthday && t("similarPerson"),
        sameAddress && t("similarAddress"),
        contact.dateOfBirth && !sameNameAndBirthday && t("bornOn", { date: date(contact.dateOfBirth) }),
      ]
        .filter(Boolean)
        .join(" · "),
    ),
  );
