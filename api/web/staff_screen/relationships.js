// Who is whose relative, and who of them sees what is shared with all authorized.

import { dialog, h, link, notice, section, trouble } from "./dom.js";
import { field, form } from "./forms.js";
import { change, may, query } from "./session.js";
import { Intent, Trouble } from "./transport.js";
import { date, t } from "./words.js";
import { keyed } from "./keys.js";
import { address } from "./router.js";

const ERRORS = "... on UserError { message } ... on InvalidInput { fields { path message } }";
const CREATE = `mutation ($input: CreateRelationshipInput!) { answer: createRelationship(input: $input) { __typename ${ERRORS} } }`;
const UPDATE = `mutation ($input: UpdateRelationshipInput!) { answer: updateRelationship(input: $input) { __typename ${ERRORS} } }`;
const FIND = "query ($search: String) { contacts(search: $search, first: 8) { nodes { id displayName dateOfBirth } } }";

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

const about = (one, name) => [
  field({
    name: "kind",
    label: t("relationKind", { name }),
    hint: t("relationKindHint"),
    value: one.kind ?? "",
    required: true,
    autocomplete: "off",
    maxlength: "60",
  }),
  field({
    name: "portalAccess",
    label: t("portalAccess"),
    type: "checkbox",
    hint: t("accessHint"),
    value: one.portalAccess,
  }),
  field({ name: "endsOn", label: t("endsOn"), type: "date", hint: t("endsOnHint"), value: one.endsOn ?? "" }),
];

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
  box.querySelector("input").focus();
}

// Two steps, without a list that opens by itself: search, then choose one of a few.
function personPicker(except) {
  const found = h("div", { role: "status" });
  const choice = h("fieldset", {}, h("legend", {}, t("who")), found);
  const words = field({
    name: "-who",
    label: t("findPerson"),
    type: "search",
    hint: t("whoHint"),
    autocomplete: "off",
    maxlength: "200",
  });
  const search = h(
    "form",
    { role: "search", class: "filters", onsubmit: look },
    words,
    h("button", { type: "submit", class: "quiet" }, t("findPerson")),
  );

  async function look(event) {
    event.preventDefault();
    try {
      const { nodes } = (await query(FIND, { search: search.elements["-who"].value.trim() })).contacts;
      const others = nodes.filter(({ id }) => id !== except);
      found.replaceChildren(...(others.length ? others.map(option) : [h("p", {}, t("noContacts"))]));
    } catch (problem) {
      found.replaceChildren(trouble(problem));
    }
  }

  const option = ({ id, displayName, dateOfBirth }, at) =>
    h(
      "label",
      { class: "pick" },
      h("input", { type: "radio", name: "-relative", value: id, checked: at === 0 }),
      `${displayName}${dateOfBirth ? `, ${date(dateOfBirth, "short")}` : ""}`,
    );
  return { search, choice, chosen: () => choice.querySelector("input:checked")?.value };
}

async function done(box, again) {
  box.close();
  notice(t("relationshipSaved"));
  await again();
}
