// Changing a record's facts, addresses and phone numbers. Only what differs is sent, with the version that was shown.

import { h, only } from "../shared/markup.js";
import { ANSWER, edit, onlyChanged } from "./clash.js";
import { kinds, languages } from "./contacts.js";
import { dialog, notice } from "./dom.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { listFields } from "./list_fields.js";
import { t } from "./words.js";

const UPDATE = `mutation ($input: UpdateContactInput!) { answer: updateContact(input: $input) { ${ANSWER}
  ... on UpdateContactSuccess { contact { id } } } }`;

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
export function editRecord(contact, again) {
  const record = /** @type {Record<string, any>} */ (contact);
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
        field({
          name: "language",
          label: t("letterLanguage"),
          value: contact.language,
          options: languages(contact.language),
        }),
      ],
      t("save"),
      async (typed) => {
        const shown = Object.fromEntries(Object.keys(typed).map((name) => [name, record[name] ?? null]));
        await send(contact, onlyChanged(shown, { ...typed, dateOfBirth: typed.dateOfBirth || null }), box, again);
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
  const list = listFields({
    name: "emails",
    values: contact.emails,
    label: t("email"),
    each: (number) => t("address", { number }),
    first: t("makePrimary"),
    add: t("addAddress"),
    type: "email",
    most: limits["MOST_EMAILS"] ?? 1,
    maxlength: limits["LONGEST_EMAIL"],
  });
  editList(
    t("changeAddresses"),
    [h("p", { class: "hint" }, t("withdrawHint")), list.element],
    "emails",
    list,
    contact,
    again,
  );
}

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
export function editPhones(contact, again) {
  const list = listFields({
    name: "phones",
    values: contact.phones,
    label: t("phone"),
    each: (number) => t("phoneNumber", { number }),
    first: t("callFirst"),
    add: t("addPhone"),
    type: "tel",
    most: limits["MOST_PHONES"] ?? 1,
    maxlength: limits["LONGEST_PHONE"],
  });
  editList(
    t("changePhones"),
    [h("p", { class: "hint" }, t("phoneHint")), list.element],
    "phones",
    list,
    contact,
    again,
  );
}

/**
 * @param {string} title
 * @param {Child[]} fields
 * @param {"emails" | "phones"} name
 * @param {ReturnType<typeof listFields>} list
 * @param {ContactRecord} contact
 * @param {Again} again
 */
function editList(title, fields, name, list, contact, again) {
  const box = dialog(title, [
    form(
      fields,
      t("save"),
      async () => {
        const changed = onlyChanged({ [name]: contact[name] }, { [name]: list.typed() });
        await list.telling(() => send(contact, changed, box, again));
      },
      { cancel: () => box.close() },
    ),
  ]);
  only(box, "input").focus();
}

/**
 * @param {ContactRecord} contact
 * @param {Record<string, unknown>} changed
 * @param {HTMLDialogElement} box
 * @param {Again} again
 */
async function send(contact, changed, box, again) {
  const done = await edit(UPDATE, { contactId: contact.id, ...changed }, contact.version);
  box.close();
  notice(t(done ? "changed" : "clashTaken"));
  await again();
}
