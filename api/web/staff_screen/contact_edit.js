// Changing a record's facts and addresses. What is written is the whole truth afterwards, so asking twice does no harm.

import { h, only } from "../shared/markup.js";
import { kinds, languages } from "./contacts.js";
import { dialog, notice } from "./dom.js";
import { field, form } from "./forms.js";
import { change } from "./session.js";
import { t } from "./words.js";

const UPDATE = `mutation ($input: UpdateContactInput!) { answer: updateContact(input: $input) { __typename
  ... on UpdateContactSuccess { contact { id } } ... on UserError { message } ... on InvalidInput { fields { path message } } } }`;

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
export function editRecord(contact, again) {
  const box = dialog(t("editRecord"), [
    form(
      [
        field({
          name: "givenName",
          label: t("givenName"),
          value: contact.givenName,
          autocomplete: "off",
        }),
        field({
          name: "familyName",
          label: t("familyName"),
          value: contact.familyName,
          autocomplete: "off",
        }),
        field({ name: "dateOfBirth", label: t("born"), type: "date", value: contact.dateOfBirth ?? "" }),
        field({ name: "kind", label: t("kind"), value: contact.kind, options: kinds() }),
        field({ name: "language", label: t("letterLanguage"), value: contact.language, options: languages() }),
      ],
      t("save"),
      async (typed) => {
        await change(UPDATE, { contactId: contact.id, ...typed, dateOfBirth: typed.dateOfBirth || null });
        await done(box, again);
      },
      { cancel: () => box.close() },
    ),
  ]);
}

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
export function editAddresses(contact, again) {
  const rows = h("div", { class: "addresses" });
  const add = (email = "") => {
    const number = rows.children.length + 1;
    const line = h(
      "fieldset",
      {},
      h("legend", {}, t("address", { number })),
      field({ name: `emails-${number - 1}`, label: t("email"), type: "email", value: email, autocomplete: "off" }),
      h(
        "div",
        { class: "buttons" },
        h(
          "label",
          { class: "pick" },
          h("input", { type: "radio", name: "-primary", value: String(number - 1), checked: number === 1 }),
          t("makePrimary"),
        ),
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            onclick: () => {
              only(line, "input", HTMLInputElement).value = "";
              line.hidden = true;
              more.focus();
            },
          },
          t("removeAddress"),
        ),
      ),
    );
    rows.append(line);
    return line;
  };
  const more = h(
    "button",
    { type: "button", class: "quiet", onclick: () => only(add(), "input").focus() },
    t("addAddress"),
  );
  contact.emails.forEach((email) => add(email));
  if (!contact.emails.length) add();
  const asked = form(
    [h("p", { class: "hint" }, t("withdrawHint")), rows, h("p", {}, more)],
    t("save"),
    async (typed) => {
      /** @type {HTMLInputElement | null} */
      const chosen = asked.querySelector("[name='-primary']:checked");
      const primary = `emails-${chosen?.value ?? 0}`;
      const typedEmails = Object.keys(typed).filter((name) => name.startsWith("emails-"));
      const ordered = [primary, ...typedEmails.filter((name) => name !== primary)];
      const emails = ordered.map((name) => typed[name]?.trim()).filter(Boolean);
      await change(UPDATE, { contactId: contact.id, emails });
      await done(box, again);
    },
    { cancel: () => box.close() },
  );
  const box = dialog(t("changeAddresses"), [asked]);
  only(box, "input").focus();
}

/**
 * @param {HTMLDialogElement} box
 * @param {Again} again
 */
async function done(box, again) {
  box.close();
  notice(t("changed"));
  await again();
}
