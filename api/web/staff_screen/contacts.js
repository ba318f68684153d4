// Finding a contact, and putting one on record.

import { Intent } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { dialog, link, notice, show, trouble } from "./dom.js";
import { field, form } from "./forms.js";
import { icon, refreshIcons } from "./icon.js";
import { keyed } from "./keys.js";
import { limits } from "./limits.js";
import { watch } from "./live.js";
import { address, go } from "./navigate.js";
import { pagedTable } from "./paged.js";
import { find } from "./search_box.js";
import { change, here, may, query } from "./session.js";
import { similarPeople } from "./similar.js";
import { date, isTooBroad, languageName, t } from "./words.js";

const FIND = `query ($search: String, $archived: Boolean!, $after: String) {
  contacts(search: $search, includeArchived: $archived, first: 50, after: $after) {
  nodes { id displayName dateOfBirth email kind archivedAt } pageInfo { hasNextPage endCursor } } }`;
const CREATE = `mutation ($input: CreateContactInput!) { answer: createContact(input: $input) { __typename
  ... on CreateContactSuccess { contact { id displayName } } ... on UserError { message } ... on InvalidInput { fields { path message } } } }`;

/** @param {About} about */
export async function view({ values, signal, settled }) {
  const search = values.get("search") ?? "";
  const archived = values.get("archived") === "too";
  /** @param {string | null} after */
  const read = async (after) => (await query(FIND, { search, archived, after }, { signal })).contacts;
  /** @type {unknown} */
  let problem = null;
  const first = await read(null).catch((/** @type {unknown} */ found) => {
    // Who searched too broadly types on in the same form.
    if (!isTooBroad(found)) throw found;
    problem = found;
    return null;
  });
  if (signal.aborted) return;
  settled();
  const [person, another] = first?.nodes ?? [];
  if (values.get("single") === "opens" && person && !another) {
    // The page stays busy until the record takes its place.
    const left = new Promise((done) => signal.addEventListener("abort", done, { once: true }));
    location.replace(address("contact", {}, person.id));
    await left;
    return;
  }
  show(t("contactsTitle"), [
    h(
      "div",
      { class: "head" },
      searchForm(search),
      link(
        address("contacts", { search, archived: archived ? "" : "too" }),
        t(archived ? "withoutArchived" : "withArchived"),
      ),
      may("MANAGE_CONTACTS") && link("#/import", t("import")),
      may("MANAGE_CONTACTS") && keyed("N", t("newContact"), newContact),
    ),
    first
      ? pagedTable({
          columns: ["name", "born", "email", "portal"],
          first,
          read,
          row,
          none: t(search ? "noContacts" : "noContactsYet"),
          shown: watchAll,
        })
      : trouble(problem),
  ]);
}

/** @param {string} search */
function searchForm(search) {
  const asked = h(
    "form",
    {
      role: "search",
      class: "filters",
      "aria-label": t("contacts"),
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        find(only(asked, "[name=search]", HTMLInputElement).value);
      },
    },
    field({
      name: "search",
      label: t("search"),
      type: "search",
      hint: t("searchHint"),
      value: search,
      maxlength: limits.LONGEST_SEARCH,
      autocomplete: "off",
    }),
    h("button", { type: "submit" }, t("findPerson")),
  );
  return asked;
}

/** @param {ListedContact[]} contacts */
const watchAll = (contacts) =>
  watch(
    contacts.map(({ id }) => id),
    refreshIcons,
  );

/** @param {ListedContact} contact */
const row = (contact) =>
  h(
    "tr",
    {},
    h(
      "td",
      {},
      link(address("contact", {}, contact.id), contact.displayName),
      contact.archivedAt && h("span", { class: "mark" }, t("archivedMark")),
    ),
    h("td", {}, contact.dateOfBirth ? date(contact.dateOfBirth, "short") : "--"),
    h("td", { class: "address" }, contact.email ?? "--"),
    h("td", { class: "portal" }, icon(contact.id, contact.displayName)),
  );

export const kinds = () => ["CLIENT", "INDIVIDUAL"].map((kind) => [kind, t(kind)]);
/** @param {string} [own] the language of the record, which is offered in any case */
export const languages = (own) =>
  [...new Set([...here().organization.languages, ...(own ? [own] : [])])].map((tag) => [tag, languageName(tag)]);

export function newContact() {
  const intent = new Intent();
  const similar = similarPeople(() => only(box, "form", HTMLFormElement).requestSubmit());
  const box = dialog(t("newContact"), [
    form(
      [
        field({
          name: "givenName",
          label: t("givenName"),
          autocomplete: "off",
          maxlength: limits.LONGEST_NAME,
        }),
        field({
          name: "familyName",
          label: t("familyName"),
          autocomplete: "off",
          maxlength: limits.LONGEST_NAME,
        }),
        field({ name: "dateOfBirth", label: t("born"), type: "date" }),
        field({ name: "kind", label: t("kind"), value: "CLIENT", options: kinds() }),
        field({ name: "emails", label: t("addresses"), type: "textarea", hint: t("addressHint") }),
        field({ name: "phones", label: t("phones"), type: "textarea", hint: t("phonesHint") }),
        field({ name: "language", label: t("letterLanguage"), value: "en", options: languages() }),
        similar.element,
      ],
      t("createContact"),
      async (typed) => {
        const emails = typed.emails.split(/[\s,;]+/).filter(Boolean);
        const phones = typed.phones.split(/[\n;]+/).map((/** @type {string} */ one) => one.trim());
        const { givenName, familyName } = typed;
        const person = { givenName, familyName, emails, dateOfBirth: typed.dateOfBirth || null };
        if (!(await similar.none(person))) return;
        const facts = { ...typed, ...person, phones: phones.filter(Boolean) };
        const { contact } = await change(CREATE, facts, intent);
        box.close();
        go("contact", {}, contact.id);
        notice(t("created", { name: contact.displayName }));
      },
      { cancel: () => box.close() },
    ),
  ]);
  only(box, "input").focus();
}
