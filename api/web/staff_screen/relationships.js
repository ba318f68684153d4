// Who is whose relative, and who of them sees what is shared with all authorized.

import { Intent, Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { dialog, link, notice, section, trouble } from "./dom.js";
import { field, form } from "./forms.js";
import { keyed } from "./keys.js";
import { limits } from "./limits.js";
import { address } from "./navigate.js";
import { change, may, query } from "./session.js";
import { date, t } from "./words.js";

const ERRORS = "... on UserError { message } ... on InvalidInput { fields { path message } }";
const CREATE = `mutation ($input: CreateRelationshipInput!) { answer: createRelationship(input: $input) { __typename ${ERRORS} } }`;
const UPDATE = `mutation ($input: UpdateRelationshipInput!) { answer: updateRelationship(input: $input) { __typename ${ERRORS} } }`;
const FIND = "query ($search: String) { contacts(search: $search, first: 8) { nodes { id displayName dateOfBirth } } }";

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
export function relationships(contact, again) {
  const all = contact.relationships;
  return section(
    t("relationships"),
    all.length
      ? h(
          "ul",
          { class: "plain" },
          all.map((one) => line(one, contact, again)),
        )
      : h("p", {}, t("noRelationships")),
    may("MANAGE_CONTACTS") && keyed("R", t("addRelationship"), () => addRelationship(contact, again)),
  );
}

/**
 * @param {Relationship} one
 * @param {ContactRecord} contact
 * @param {Again} again
 */
function line(one, contact, again) {
  const isClient = one.client.id === contact.id;
  const other = isClient ? one.relative : one.client;
  const access = one.portalAccess ? t("portalAccess") : t("noPortalAccess");
  return h(
    "li",
    {},
    link(
      address("contact", {}, other.id),
      t(isClient ? "hasRelative" : "relativeOf", { kind: one.kind, name: other.displayName }),
    ),
    h("br"),
    h("span", { class: one.portalAccess ? "mark good" : "mark" }, access),
    one.endsOn && ` ${t("until", { date: date(one.endsOn, "short") })} `,
    may("MANAGE_CONTACTS") &&
      h(
        "button",
        {
          type: "button",
          class: "quiet small",
          "aria-label": `${t("changeRelationship")}: ${other.displayName}`,
          onclick: () => edit(one, again),
        },
        t("changeRelationship"),
      ),
  );
}

/**
 * @param {Partial<Relationship>} one
 * @param {string} name
 */
const about = (one, name) => [
  field({
    name: "kind",
    label: t("relationKind", { name }),
    hint: t("relationKindHint"),
    value: one.kind ?? "",
    required: true,
    autocomplete: "off",
    maxlength: limits.LONGEST_RELATIONSHIP,
  }),
  // Without WEB_PORTAL portal access can be taken back, but not given.
  may("WEB_PORTAL") || one.portalAccess
    ? field({
        name: "portalAccess",
        label: t("portalAccess"),
        type: "checkbox",
        hint: t("accessHint"),
        value: one.portalAccess,
      })
    : h("p", { class: "hint" }, t("accessNotYours")),
  field({ name: "endsOn", label: t("endsOn"), type: "date", hint: t("endsOnHint"), value: one.endsOn ?? "" }),
];

/**
 * @param {Relationship} one
 * @param {Again} again
 */
function edit(one, again) {
  const box = dialog(t("hasRelative", { kind: one.kind, name: one.relative.displayName }), [
    h("p", {}, t("relatedTo", { name: one.client.displayName })),
    form(
      about(one, one.relative.displayName),
      t("save"),
      async (typed) => {
        await change(UPDATE, { relationshipId: one.id, ...typed, endsOn: typed.endsOn || null });
        await done(box, again);
      },
      { cancel: () => box.close() },
    ),
  ]);
}

/**
 * @param {Named} client
 * @param {Again} again
 */
export function addRelationship(client, again) {
  const intent = new Intent();
  const person = personPicker(client.id);
  const box = dialog(t("addRelationship"), [
    h("p", {}, t("relatedTo", { name: client.displayName })),
    person.search,
    form(
      [person.choice, about({}, t("thisPerson"))],
      t("addRelationship"),
      async (typed) => {
        const relativeId = person.chosen();
        if (!relativeId) throw new Trouble("refused", t("choosePerson"), { type: "" });
        const input = {
          clientId: client.id,
          relativeId,
          kind: typed.kind,
          portalAccess: typed.portalAccess,
          endsOn: typed.endsOn || null,
        };
        await change(CREATE, input, intent);
        await done(box, again);
      },
      { cancel: () => box.close() },
    ),
  ]);
  only(box, "input").focus();
}

/**
 * Two steps, without a list that opens by itself: search, then choose one of a few.
 * @param {string} except
 */
function personPicker(except) {
  const found = h("div", { role: "status" });
  const choice = h("fieldset", {}, h("legend", {}, t("who")), found);
  const words = field({
    name: "-who",
    label: t("findPerson"),
    type: "search",
    hint: t("whoHint"),
    autocomplete: "off",
    maxlength: limits.LONGEST_SEARCH,
  });
  const search = h(
    "form",
    { role: "search", class: "filters", onsubmit: look },
    words,
    h("button", { type: "submit", class: "quiet" }, t("findPerson")),
  );

  /** @param {SubmitEvent} event */
  async function look(event) {
    event.preventDefault();
    try {
      /** @type {{ nodes: Person[] }} */
      const { nodes } = (await query(FIND, { search: only(words, "input", HTMLInputElement).value.trim() })).contacts;
      const others = nodes.filter(({ id }) => id !== except);
      found.replaceChildren(...(others.length ? others.map(option) : [h("p", {}, t("noContacts"))]));
    } catch (problem) {
      found.replaceChildren(trouble(problem));
    }
  }

  /** @typedef {Named & { dateOfBirth: string | null }} Person */
  /**
   * @param {Person} person
   * @param {number} at
   */
  const option = ({ id, displayName, dateOfBirth }, at) =>
    h(
      "label",
      { class: "pick" },
      h("input", { type: "radio", name: "-relative", value: id, checked: at === 0 }),
      `${displayName}${dateOfBirth ? `, ${date(dateOfBirth, "short")}` : ""}`,
    );
  const chosen = () => {
    const picked = choice.querySelector("input:checked");
    return picked instanceof HTMLInputElement ? picked.value : null;
  };
  return { search, choice, chosen };
}

/**
 * @param {HTMLDialogElement} box
 * @param {Again} again
 */
async function done(box, again) {
  box.close();
  notice(t("relationshipSaved"));
  await again();
}
