// A record's end: everything that is held about a person as an archive, and its erasure. For those who manage both
// contacts and the organization.

import { h, only, written } from "../shared/markup.js";
import { action, dialog, notice, section } from "./dom.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { go } from "./navigate.js";
import { change, may } from "./session.js";
import { t } from "./words.js";

const EXPORT = `mutation ($input: ExportContactInput!) { answer: exportContact(input: $input) { __typename
  ... on ExportContactSuccess { url } ... on UserError { message } } }`;
const ERASE = `mutation ($input: EraseContactInput!) { answer: eraseContact(input: $input) { __typename
  ... on UserError { message } ... on InvalidInput { fields { path message } } ... on MustBeKept { reason until } } }`;

/**
 * The card of what is rarely done. It is left out for those who may do none of it.
 * @param {ContactRecord} contact
 * @param {readonly Child[]} first What comes before archive and erasure.
 */
export const recordsEnd = (contact, first) => {
  const acts = written(first);
  if (may("MANAGE_CONTACTS") && may("MANAGE_ORGANIZATION"))
    acts.push(
      h("p", {}, t("wholeRecordBody")),
      h(
        "div",
        { class: "buttons" },
        action(t("exportRecord"), () => exportRecord(contact)),
        h("button", { type: "button", class: "quiet danger", onclick: () => eraseRecord(contact) }, t("eraseRecord")),
      ),
    );
  return acts.length > 0 && section(t("wholeRecord"), ...acts);
};

/** @param {ContactRecord} contact */
async function exportRecord(contact) {
  const { url } = await change(EXPORT, { contactId: contact.id });
  const box = dialog(t("exportReady", { name: contact.displayName }), [
    h("p", {}, t("exportReadyBody")),
    h(
      "div",
      { class: "buttons" },
      h("a", { class: "button", href: url, download: "" }, t("downloadRecord")),
      h("button", { type: "button", class: "quiet", onclick: () => box.close() }, t("close")),
    ),
  ]);
}

/** @param {ContactRecord} contact */
function eraseRecord(contact) {
  const box = dialog(t("eraseAsk", { name: contact.displayName }), [
    h("p", {}, t("eraseBody")),
    form(
      [
        field({
          name: "reason",
          label: t("reason"),
          hint: t("eraseReasonHint"),
          required: true,
          maxlength: limits.LONGEST_REASON,
          autocomplete: "off",
        }),
      ],
      t("eraseForGood"),
      async ({ reason }) => {
        await change(ERASE, { contactId: contact.id, reason });
        box.close();
        go("contacts");
        notice(t("erased"));
      },
      { cancel: () => box.close(), danger: true },
    ),
  ]);
  only(box, "input").focus();
}
