// What staff may do with the account besides the icon's one click: send the letter again, take the invitation back, close
// the account to its person or open it, and the ways out of a conflict. Only what the server allows is offered.

import { action, dialog, h, notice } from "./dom.js";
import { field, form } from "./forms.js";
import { change, may } from "./session.js";
import { Intent } from "./transport.js";
import { t } from "./words.js";
import { editAddresses } from "./contact_edit.js";
import { addRelationship } from "./relationships.js";

const ERRORS = "... on UserError { message } ... on InvalidInput { fields { path message } }";
const RESEND = `mutation ($input: ResendPortalInvitationInput!) { answer: resendPortalInvitation(input: $input) { __typename ${ERRORS} } }`;
const REVOKE = `mutation ($input: RevokePortalInvitationInput!) { answer: revokePortalInvitation(input: $input) { __typename ${ERRORS} } }`;
const DISABLE = `mutation ($input: DisablePortalAccountInput!) { answer: disablePortalAccount(input: $input) { __typename ${ERRORS} } }`;
const ENABLE = `mutation ($input: EnablePortalAccountInput!) { answer: enablePortalAccount(input: $input) { __typename ${ERRORS} } }`;
const TRANSFER = `mutation ($input: RequestPortalTransferInput!) { answer: requestPortalTransfer(input: $input) { __typename ${ERRORS} } }`;
const REASONS = ["REQUESTED", "DISCHARGED", "DECEASED", "OTHER"];

export function accountOffers(contact, again) {
  const { alsoAllowed, account: known } = contact.portalStatus;
  const allowed = (what) => alsoAllowed.includes(what);
  return [
    allowed("RESEND_INVITATION") && resend(contact, again),
    allowed("REVOKE_INVITATION") && opens("revoke", () => revoke(contact, again), "danger"),
    known && allowed("DISABLE_ACCOUNT") && opens("disable", () => disable(known, again), "danger"),
    known && allowed("ENABLE_ACCOUNT") && opens("enable", () => enable(known, again)),
  ];
}

const opens = (key, onclick, kind = "") => h("button", { type: "button", class: `quiet ${kind}`, onclick }, t(key));

function resend(contact, again) {
  const intent = new Intent();
  return action(t("resend"), async () => {
    await change(RESEND, { contactId: contact.id }, intent);
    notice(t("resent"));
    await again();
  });
}

// One question with one answer to type; `work(typed)` does it.
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
  box.querySelector("input, select")?.focus();
}

const why = (hint = "reasonHint") =>
  field({ name: "reason", label: t("reason"), hint: t(hint), required: true, maxlength: "300", autocomplete: "off" });

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
      field({ name: "note", label: t("note"), hint: t("reasonHint"), maxlength: "200", autocomplete: "off" }),
    ],
    t("disable"),
    (typed) => change(DISABLE, { accountId: known.id, ...typed }),
    t("disabled"),
    again,
  );

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

export function waysOut(contact, again) {
  const { alsoAllowed, remedies } = contact.portalStatus;
  const offers = [
    remedies.includes("USE_ANOTHER_ADDRESS") &&
      may("MANAGE_CONTACTS") &&
      opens("useAnotherAddress", () => editAddresses(contact, again)),
    remedies.includes("GIVE_RELATIVE_ACCESS") &&
      may("MANAGE_CONTACTS") &&
      opens("giveRelativeAccess", () => addRelationship(contact, again)),
    alsoAllowed.includes("REQUEST_TRANSFER") && opens("requestTransfer", () => transfer(contact, again)),
  ].filter(Boolean);
  return offers.length ? h("div", { class: "buttons", role: "group", "aria-label": t("waysOut") }, offers) : null;
}

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
