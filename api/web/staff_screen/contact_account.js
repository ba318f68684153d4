// What staff may do with the account besides the icon's one click: send the letter again, take the invitation back, close
// the account to its person or open it, and the ways out of a conflict. Only what the server allows is offered.

import { Intent } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { editAddresses } from "./contact_edit.js";
import { action, dialog, notice } from "./dom.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { loadLater } from "./load_later.js";
import { relationWords } from "./relation_words.js";
import { addRelationship } from "./relationships.js";
import { change, may } from "./session.js";
import { t } from "./words.js";

const ERRORS = "... on UserError { message } ... on InvalidInput { fields { path message } }";
const RESEND = `mutation ($input: ResendPortalInvitationInput!) { answer: resendPortalInvitation(input: $input) { __typename ${ERRORS} } }`;
const REVOKE = `mutation ($input: RevokePortalInvitationInput!) { answer: revokePortalInvitation(input: $input) { __typename ${ERRORS} } }`;
const DISABLE = `mutation ($input: DisablePortalAccountInput!) { answer: disablePortalAccount(input: $input) { __typename ${ERRORS} } }`;
const ENABLE = `mutation ($input: EnablePortalAccountInput!) { answer: enablePortalAccount(input: $input) { __typename ${ERRORS} } }`;
const TRANSFER = `mutation ($input: RequestPortalTransferInput!) { answer: requestPortalTransfer(input: $input) { __typename ${ERRORS} } }`;
// An invitation may be sent, or sent again.
const BEFORE_REGISTERING = ["NO_ACCOUNT", "INVITED"];
const previewing = () => import("./invitation_preview.js");
const REASONS = ["REQUESTED", "DISCHARGED", "DECEASED", "OTHER"];

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
export function accountOffers(contact, again) {
  const { alsoAllowed, account: known } = contact.portalStatus;
  /** @param {string} what */
  const allowed = (what) => alsoAllowed.includes(what);
  return [
    may("WEB_PORTAL") &&
      BEFORE_REGISTERING.includes(contact.portalStatus.state) &&
      opens("previewEmail", () => loadLater(previewing, (found) => found.previewInvitation(contact))),
    allowed("RESEND_INVITATION") && resend(contact, again),
    allowed("REVOKE_INVITATION") && opens("revoke", () => revoke(contact, again), "danger"),
    known && allowed("DISABLE_ACCOUNT") && opens("disable", () => disable(known, again), "danger"),
    known && allowed("ENABLE_ACCOUNT") && opens("enable", () => enable(known, again)),
  ];
}

/**
 * @param {string} key
 * @param {() => unknown} onclick
 * @param {string} kind
 */
const opens = (key, onclick, kind = "") => h("button", { type: "button", class: `quiet ${kind}`, onclick }, t(key));

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
function resend(contact, again) {
  const intent = new Intent();
  return action(t("resend"), async () => {
    await change(RESEND, { contactId: contact.id }, intent);
    notice(t("resent"));
    await again();
  });
}

/**
 * One question with one answer to type; `work(typed)` does it.
 * @param {string} title
 * @param {string} body
 * @param {Child[]} fields
 * @param {string} label
 * @param {(typed: Typed) => unknown} work
 * @param {string} said
 * @param {Again} again
 * @param {boolean} danger
 */
function ask(title, body, fields, label, work, said, again, danger = true) {
  const box = dialog(title, [
    h("p", {}, body),
    form(
      fields,
      label,
      async (typed) => {
        await work(typed);
        box.close();
        notice(said);
        await again();
      },
      { cancel: () => box.close(), danger },
    ),
  ]);
  only(box, "input, select").focus();
}

/** @param {string} hint */
const why = (hint = "reasonHint") =>
  field({
    name: "reason",
    label: t("reason"),
    hint: t(hint),
    required: true,
    maxlength: limits.LONGEST_REASON,
    autocomplete: "off",
  });

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
const revoke = (contact, again) =>
  ask(
    t("revokeAsk", { name: contact.displayName }),
    t("revokeBody"),
    [why()],
    t("revoke"),
    ({ reason }) => change(REVOKE, { contactId: contact.id, reason }),
    t("revoked"),
    again,
  );

/**
 * @param {Account} known
 * @param {Again} again
 */
const disable = (known, again) =>
  ask(
    t("disableAsk", { email: known.email }),
    t("disableBody"),
    [
      field({
        name: "reason",
        label: t("reason"),
        value: "REQUESTED",
        options: REASONS.map((one) => [one, t(`disable${one}`)]),
      }),
      field({
        name: "note",
        label: t("note"),
        hint: t("reasonHint"),
        maxlength: limits.LONGEST_NOTE,
        autocomplete: "off",
      }),
    ],
    t("disable"),
    (typed) => change(DISABLE, { accountId: known.id, ...typed }),
    t("disabled"),
    again,
  );

/**
 * @param {Account} known
 * @param {Again} again
 */
const enable = (known, again) =>
  ask(
    t("enableAsk", { email: known.email }),
    t("enableBody"),
    [why()],
    t("enable"),
    ({ reason }) => change(ENABLE, { accountId: known.id, reason }),
    t("enabled"),
    again,
    false,
  );

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
export function waysOut(contact, again) {
  const { alsoAllowed, remedies, reachedThrough } = contact.portalStatus;
  const offers = [
    remedies.includes("USE_ANOTHER_ADDRESS") &&
      may("MANAGE_CONTACTS") &&
      opens("useAnotherAddress", () => editAddresses(contact, again)),
    remedies.includes("GIVE_RELATIVE_ACCESS") &&
      may("MANAGE_CONTACTS") &&
      may("WEB_PORTAL") &&
      opens("giveRelativeAccess", () => addRelationship(contact, again)),
    alsoAllowed.includes("REQUEST_TRANSFER") && opens("requestTransfer", () => transfer(contact, again)),
  ].filter(Boolean);
  return [
    ...reachedThrough.map(({ kind, relative }) =>
      h("p", {}, t("reachedThrough", { name: relative.displayName, kind: relationWords(kind) })),
    ),
    offers.length ? h("div", { class: "buttons", role: "group", "aria-label": t("waysOut") }, offers) : "",
  ];
}

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
function transfer(contact, again) {
  const intent = new Intent();
  const name = contact.displayName;
  ask(
    t("requestTransferAsk", { name }),
    t("requestTransferBody"),
    [why("transferReasonHint")],
    t("requestTransfer"),
    ({ reason }) => change(TRANSFER, { contactId: contact.id, reason }, intent),
    t("transferRequested"),
    again,
    false,
  );
}
