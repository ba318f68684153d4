// Sharing one document, with who will see it, now and later, said before anything is shared.

import { Intent, kindOf, Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { action, dialog, notice } from "./dom.js";
import { openDocument } from "./documents_open.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { relationWords } from "./relation_words.js";
import { change, query } from "./session.js";
import { t, troubleWords } from "./words.js";

const ERRORS = "... on UserError { message } ... on InvalidInput { fields { path message } }";
const PLAIN = "... on UserError { message }";
export const SHARE = `mutation ($input: ShareDocumentInput!) { answer: shareDocument(input: $input) { __typename ${ERRORS} } }`;
const UNSHARE = `mutation ($input: UnshareDocumentInput!) { answer: unshareDocument(input: $input) { __typename ${PLAIN} } }`;
const WITHDRAW = `mutation ($input: WithdrawDocumentInput!) { answer: withdrawDocument(input: $input) { __typename ${ERRORS} } }`;
const SHARE_ALL = `mutation ($input: ShareAllDocumentsInput!) { answer: shareAllDocuments(input: $input) { __typename
  ... on ShareAllDocumentsSuccess { sharedCount } ${ERRORS} } }`;
const MEMBER = "relationship hasAccess hasAccount contact { id displayName }";
const PREVIEW = `query ($id: ID!) { sharingPreview(documentId: $id) {
  members { ${MEMBER} } allAuthorized { now { ${MEMBER} } later { ${MEMBER} } } signers { id displayName } } }`;

/**
 * @param {ListedDocument} one
 * @param {ContactRecord} contact
 * @param {Again} again
 */
export async function openSharing(one, contact, again) {
  const at = location.hash;
  const preview = await previewOf(one);
  if (!preview || location.hash !== at) return;
  const { members, allAuthorized, signers } = preview;
  const before = { sharing: one.sharing, ids: one.recipients.map(({ id }) => id) };
  const how = one.sharing === "CHOSEN_RECIPIENTS" ? "CHOSEN" : "ALL";
  const ways = readers(members, { sharing: how, ids: how === "ALL" ? [contact.id] : before.ids }, show);
  ways.withoutNobody();
  const now = h("ul", { class: "plain" });
  const later = h("ul", { class: "plain" });
  const hint = h("p", { class: "hint" });
  const missing = h("p", { class: "blocked" });

  function show() {
    const chosen = ways.chosen();
    const seen =
      ways.how() === "ALL"
        ? allAuthorized
        : { now: chosen.filter(({ hasAccount }) => hasAccount), later: chosen.filter(({ hasAccount }) => !hasAccount) };
    fill(now, seen.now);
    fill(later, seen.later);
    hint.textContent = t(ways.how() === "ALL" ? "laterHint" : "exactlyThese");
    const shutOut = notAmong(signers, seen);
    missing.hidden = !shutOut.length;
    missing.textContent = t("signerShutOut", { names: shutOut.join(", ") });
  }

  const intent = new Intent();
  const box = dialog(t("shareTitle", { title: one.title }), [
    action(t("lookFirst"), () => openDocument(one, false)),
    form(
      [
        ways.fields,
        h(
          "div",
          { class: "previews", role: "group", "aria-label": t("preview"), "aria-live": "polite" },
          h("div", {}, h("h3", {}, t("seesNow")), now),
          h("div", {}, h("h3", {}, t("seesLater")), later),
        ),
        hint,
        missing,
      ],
      t("shareNow"),
      async () => {
        const isAll = ways.how() === "ALL";
        if (!isAll && !ways.ticked().length) throw new Trouble("refused", t("choosePerson"), { type: "" });
        const given = isAll ? { allAuthorized: true } : { recipientIds: ways.ticked() };
        await change(SHARE, { documentId: one.id, ...given }, intent);
        await done("shared");
      },
      { cancel: () => box.close() },
    ),
    one.sharing !== "NOT_SHARED" && h("hr"),
    one.sharing !== "NOT_SHARED" &&
      action(t("unshare"), async () => {
        await change(UNSHARE, { documentId: one.id });
        await done("unshared");
      }),
  ]);
  show();

  /** @param {string} said */
  async function done(said) {
    box.close();
    notice(t(said), () => undoSharing(one, before, again));
    await again();
  }
}

/**
 * Who is asked to sign it, but would not see it.
 * @param {Named[]} signers
 * @param {{ now: FamilyMember[], later: FamilyMember[] }} seen
 */
function notAmong(signers, { now, later }) {
  const readers = new Set([...now, ...later.filter(({ hasAccess }) => hasAccess)].map(({ contact }) => contact.id));
  return signers.filter(({ id }) => !readers.has(id)).map(({ displayName }) => displayName);
}

/**
 * Who would see the document; nothing where that can't be asked, which is said at the foot of the page.
 * @param {ListedDocument} one
 * @returns {Promise<SharingPreview | null>}
 */
async function previewOf(one) {
  try {
    const { sharingPreview } = await query(PREVIEW, { id: one.id });
    if (!sharingPreview) throw new Trouble("refused", "", { type: "NotFound" });
    return sharingPreview;
  } catch (problem) {
    if (kindOf(problem) !== "ended") notice(troubleWords(problem));
    return null;
  }
}

// As it was. A letter that went out meanwhile names no document, and leads to a page that shows what is shared then.
/**
 * @param {{ id: string }} one
 * @param {Before} before
 * @param {Again} again
 */
export async function undoSharing(one, { sharing, ids }, again) {
  try {
    if (sharing === "NOT_SHARED") await change(UNSHARE, { documentId: one.id });
    else if (sharing === "ALL_AUTHORIZED")
      await change(SHARE, { documentId: one.id, allAuthorized: true }, new Intent());
    else await change(SHARE, { documentId: one.id, recipientIds: ids }, new Intent());
    notice(t("undone"));
  } catch (problem) {
    notice(troubleWords(problem));
  }
  await again();
}

/** @typedef {{ sharing: string, ids: string[] }} Before what the sharing was */

/**
 * Nobody yet, all authorized, or chosen people; those without portal access can't be chosen.
 * @param {FamilyMember[]} members
 * @param {{ sharing: string, ids: string[] }} before `sharing` is NOBODY, ALL or CHOSEN
 * @param {() => void} changed
 */
export function readers(members, { sharing, ids }, changed) {
  /**
   * @param {string} value
   * @param {string} label
   * @param {string} [more]
   */
  const way = (value, label, more) =>
    h(
      "label",
      { class: "pick" },
      h("input", { type: "radio", name: "-how", value, checked: value === sharing, onchange: show }),
      h("span", {}, label, more && h("span", { class: "hint" }, ` ${more}`)),
    );
  /** @param {FamilyMember} member */
  const person = (member) =>
    h(
      "label",
      { class: "pick" },
      h("input", {
        type: "checkbox",
        value: member.contact.id,
        checked: member.hasAccess && ids.includes(member.contact.id),
        disabled: !member.hasAccess,
        onchange: changed,
      }),
      h("span", {}, named(member), !member.hasAccess && h("span", { class: "hint" }, ` ${t("noPortalAccess")}`)),
    );
  const people = h("div", { class: "people", role: "group", "aria-label": t("shareChosen") }, members.map(person));
  const nobody = way("NOBODY", t("nobodyYet"));
  const fields = h(
    "fieldset",
    {},
    h("legend", {}, t("share")),
    nobody,
    way("ALL", t("shareAll"), t("shareAllHint")),
    way("CHOSEN", t("shareChosen")),
    people,
  );
  const how = () => only(fields, "input[type=radio]:checked", HTMLInputElement).value;
  function show() {
    people.hidden = how() !== "CHOSEN";
    changed();
  }
  people.hidden = sharing !== "CHOSEN";
  const tickedNow = () => ticked(people);
  /** @returns {FamilyMember[]} */
  function chosen() {
    if (how() === "NOBODY") return [];
    const all = tickedNow();
    return members.filter(({ contact, hasAccess }) => (how() === "ALL" ? hasAccess : all.includes(contact.id)));
  }
  return { fields, how, chosen, ticked: tickedNow, withoutNobody: () => nobody.remove() };
}

/** @param {HTMLElement} people */
function ticked(people) {
  /** @type {NodeListOf<HTMLInputElement>} */
  const boxes = people.querySelectorAll("input:checked");
  return [...boxes].map(({ value }) => value);
}

/** @param {FamilyMember} member */
const named = ({ contact, relationship }) =>
  relationship ? `${contact.displayName} (${relationWords(relationship)})` : contact.displayName;

/** @param {FamilyMember} member */
const why = ({ hasAccess }) => t(hasAccess ? "onRegistering" : "onAccess");

/**
 * @param {HTMLElement} list
 * @param {FamilyMember[]} people
 */
const fill = (list, people) =>
  list.replaceChildren(
    ...(people.length
      ? people.map((member) =>
          h("li", {}, named(member), !member.hasAccount && h("span", { class: "hint" }, ` ${why(member)}`)),
        )
      : [h("li", { class: "soft" }, t("nobody"))]),
  );

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
export function shareEverything(contact, again) {
  const name = contact.displayName;
  const intent = new Intent();
  const box = dialog(t("shareEverythingAsk", { name }), [
    h("p", {}, t("shareEverythingBody", { name })),
    form(
      [],
      t("shareEverything", { name }),
      async () => {
        const { sharedCount } = await change(SHARE_ALL, { contactId: contact.id }, intent);
        box.close();
        notice(t("sharedEverything", { name, count: sharedCount }));
        await again();
      },
      { cancel: () => box.close() },
    ),
  ]);
}

/**
 * @param {ListedDocument} one
 * @param {Again} again
 */
export function withdraw(one, again) {
  const box = dialog(t("withdrawAsk", { title: one.title }), [
    h("p", {}, t("withdrawBody")),
    form(
      [
        field({
          name: "reason",
          label: t("reason"),
          hint: t("withdrawReasonHint"),
          maxlength: limits.LONGEST_LINE,
          autocomplete: "off",
        }),
      ],
      t("withdraw"),
      async ({ reason }) => {
        await change(WITHDRAW, { documentId: one.id, reason });
        box.close();
        notice(t("withdrawn"));
        await again();
      },
      { cancel: () => box.close(), danger: true },
    ),
  ]);
  only(box, "input").focus();
}
