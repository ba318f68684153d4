// Who is whose relative, and who of them sees what is shared with all authorized.

import { Intent, Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { ANSWER, edit, onlyChanged } from "./clash.js";
import { action, dialog, link, notice, section } from "./dom.js";
import { field, form } from "./forms.js";
import { keyed } from "./keys.js";
import { limits } from "./limits.js";
import { address } from "./navigate.js";
import { personPicker } from "./person_picker.js";
import { relationWords } from "./relation_words.js";
import { change, may } from "./session.js";
import { date, t, today } from "./words.js";

const ERRORS = "... on UserError { message } ... on InvalidInput { fields { path message } }";
const CREATE = `mutation ($input: CreateRelationshipInput!) { answer: createRelationship(input: $input) { __typename ${ERRORS} } }`;
const UPDATE = `mutation ($input: UpdateRelationshipInput!) { answer: updateRelationship(input: $input) { ${ANSWER} } }`;

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
      t(isClient ? "hasRelative" : "relativeOf", { kind: relationWords(one.kind), name: other.displayName }),
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
          onclick: () => editRelationship(one, again),
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
function editRelationship(one, again) {
  const box = dialog(t("hasRelative", { kind: relationWords(one.kind), name: one.relative.displayName }), [
    h("p", {}, t("relatedTo", { name: one.client.displayName })),
    form(
      about(one, one.relative.displayName),
      t("save"),
      async (typed) => {
        await save(one, onlyChanged({ ...one }, { ...typed, endsOn: typed.endsOn || null }), again, box);
      },
      { cancel: () => box.close() },
    ),
    goesOn(one) &&
      h(
        "div",
        { class: "after" },
        action(t("endRelationship"), () => save(one, { portalAccess: false, endsOn: today() }, again, box)),
        h("p", { class: "hint" }, t("endRelationshipHint")),
      ),
  ]);
}

/** @param {Relationship} one */
const goesOn = ({ portalAccess, endsOn }) => portalAccess || !endsOn || endsOn > today();

/**
 * @param {Relationship} one
 * @param {Record<string, unknown>} changed
 * @param {Again} again
 * @param {HTMLDialogElement} box
 */
async function save(one, changed, again, box) {
  const saved = await edit(UPDATE, { relationshipId: one.id, ...changed }, one.version);
  if (saved) return done(box, again);
  box.close();
  notice(t("clashTaken"));
  return again();
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
 * @param {HTMLDialogElement} box
 * @param {Again} again
 */
async function done(box, again) {
  box.close();
  notice(t("relationshipSaved"));
  await again();
}
