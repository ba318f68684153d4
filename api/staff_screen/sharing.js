// Sharing one document, with who will see it, now and later, said before anything is shared.

import { dialog, h, notice } from "./dom.js";
import { form } from "./forms.js";
import { change, query } from "./session.js";
import { Intent, Trouble } from "./transport.js";
import { t } from "./words.js";

const ERRORS = "... on UserError { message } ... on InvalidInput { fields { path message } }";
const SHARE = `mutation ($input: ShareDocumentInput!) { answer: shareDocument(input: $input) { __typename ${ERRORS} } }`;
const UNSHARE = `mutation ($input: UnshareDocumentInput!) { answer: unshareDocument(input: $input) { __typename ${ERRORS} } }`;
const WITHDRAW = `mutation ($input: WithdrawDocumentInput!) { answer: withdrawDocument(input: $input) { __typename ${ERRORS} } }`;
const SHARE_ALL = `mutation ($input: ShareAllDocumentsInput!) { answer: shareAllDocuments(input: $input) { __typename ${ERRORS} } }`;
const CIRCLE = `query ($id: ID!) { contact(id: $id) { id displayName portalStatus { state }
  relationships { portalAccess client { id } relative { id displayName portalStatus { state } } } } }`;

export async function openSharing(one, contact, again) {
  let circle;
  try {
    circle = members((await query(CIRCLE, { id: contact.id })).contact);
  } catch (problem) {
    notice(problem.kind ? t(problem.kind, problem.details) : t("broken"));
    return;
  }
  const chosen = new Set(one.sharing === "CHOSEN_RECIPIENTS" ? one.recipients.map(({ id }) => id) : [contact.id]);
  const now = h("ul", { class: "plain" });
  const later = h("ul", { class: "plain" });
  const hint = h("p", { class: "hint" });
  const radio = (value, label, checked, more) =>
    h(
      "label",
      { class: "pick" },
      h("input", { type: "radio", name: "-how", value, checked, onchange: preview }),
      h("span", {}, label, more && h("span", { class: "hint" }, ` ${more}`)),
    );
  const people = h(
    "div",
    { class: "people" },
    circle.map((member) =>
      h(
        "label",
        { class: "pick" },
        h("input", {
          type: "checkbox",
          value: member.id,
          checked: chosen.has(member.id),
          disabled: !member.hasAccess,
          onchange: preview,
        }),
        member.displayName,
      ),
    ),
  );
  const ways = h(
    "fieldset",
    {},
    h("legend", {}, t("share")),
    radio("ALL", t("shareAll"), one.sharing !== "CHOSEN_RECIPIENTS", t("shareAllHint")),
    radio("CHOSEN", t("shareChosen"), one.sharing === "CHOSEN_RECIPIENTS"),
    people,
  );
  const isAll = () => ways.querySelector("input[type=radio]:checked").value === "ALL";
  const recipients = () => [...people.querySelectorAll("input:checked")].map(({ value }) => value);

  function preview() {
    const all = isAll();
    people.hidden = all;
    const readers = circle.filter(({ id, hasAccess }) => (all ? hasAccess : recipients().includes(id)));
    fill(
      now,
      readers.filter(({ hasAccount }) => hasAccount),
    );
    fill(
      later,
      readers.filter(({ hasAccount }) => !hasAccount),
    );
    hint.textContent = t(all ? "laterHint" : "exactlyThese");
  }

  const intent = new Intent();
  const stop = new Intent();
  const box = dialog(t("shareTitle", { title: one.title }), [
    form(
      [
        ways,
        h(
          "div",
          { class: "previews", "aria-live": "polite" },
          h("div", {}, h("h3", {}, t("seesNow")), now),
          h("div", {}, h("h3", {}, t("seesLater")), later),
        ),
        hint,
      ],
      t("shareNow"),
      async () => {
        const who = isAll() ? { allAuthorized: true } : { recipientIds: recipients() };
        if (!isAll() && !recipients().length) throw new Trouble("refused", t("choosePerson"), { type: "" });
        await change(SHARE, { documentId: one.id, ...who }, intent);
        await done("shared");
      },
      { cancel: () => box.close() },
    ),
    h("hr"),
    one.sharing !== "NOT_SHARED" &&
      form([], t("unshare"), async () => {
        await change(UNSHARE, { documentId: one.id }, stop);
        await done("unshared");
      }),
    one.signatureState !== "COMPLETED" &&
      h(
        "button",
        {
          type: "button",
          class: "quiet danger",
          onclick: () => {
            box.close();
            withdraw(one, again);
          },
        },
        t("withdraw"),
      ),
  ]);
  preview();

  async function done(said) {
    box.close();
    notice(t(said));
    await again();
  }
}

// The client, then the relatives. Who has an account reads it at once; who has not, as soon as there is one.
function members(contact) {
  const known = ({ id, displayName, portalStatus }, hasAccess) => ({
    id,
    displayName,
    hasAccess,
    hasAccount: portalStatus.state === "LINKED",
  });
  return [
    known(contact, true),
    ...contact.relationships
      .filter(({ client }) => client.id === contact.id)
      .map(({ relative, portalAccess }) => known(relative, portalAccess)),
  ];
}

const fill = (list, people) =>
  list.replaceChildren(
    ...(people.length
      ? people.map(({ displayName }) => h("li", {}, displayName))
      : [h("li", { class: "soft" }, t("nobody"))]),
  );

export function shareEverything(contact, again) {
  const name = contact.displayName;
  const intent = new Intent();
  const box = dialog(t("shareEverythingAsk", { name }), [
    h("p", {}, t("shareEverythingBody", { name })),
    form(
      [],
      t("shareEverything", { name }),
      async () => {
        await change(SHARE_ALL, { contactId: contact.id }, intent);
        box.close();
        notice(t("sharedEverything", { name }));
        await again();
      },
      { cancel: () => box.close() },
    ),
  ]);
}

function withdraw(one, again) {
  const intent = new Intent();
  const box = dialog(t("withdrawAsk", { title: one.title }), [
    h("p", {}, t("withdrawBody")),
    form(
      [],
      t("withdraw"),
      async () => {
        await change(WITHDRAW, { documentId: one.id }, intent);
        box.close();
        notice(t("withdrawn"));
        await again();
      },
      { cancel: () => box.close(), danger: true },
    ),
  ]);
}
