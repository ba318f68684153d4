// Transfers that wait for a second person's decision.

import { h } from "../shared/markup.js";
import { action, dialog, empty, link, notice, show } from "./dom.js";
import { form } from "./forms.js";
import { address, showAgain } from "./navigate.js";
import { change, here, query } from "./session.js";
import { date, t } from "./words.js";

const WAITING = `{ portalTransfers(first: 50) { nodes { id askedAt reason askedBy { id name } contact { id displayName } } } }`;
const DECIDE = {
  approve:
    "mutation ($input: ApprovePortalTransferInput!) { answer: approvePortalTransfer(input: $input) { __typename ... on UserError { message } ... on SecondPersonNeeded { reason } } }",
  decline:
    "mutation ($input: DeclinePortalTransferInput!) { answer: declinePortalTransfer(input: $input) { __typename ... on UserError { message } ... on SecondPersonNeeded { reason } } }",
};

/** @param {About} about */
export async function view({ signal, settled }) {
  /** @type {{ nodes: PortalTransfer[] }} */
  const { nodes } = (await query(WAITING, {}, { signal })).portalTransfers;
  if (signal.aborted) return;
  settled();
  show(
    t("transfersTitle"),
    nodes.length
      ? nodes.map(card)
      : [empty(t("noTransfers"), link("#/worklist?state=EMAIL_CONFLICT", t("EMAIL_CONFLICT")))],
  );
}

/** @param {PortalTransfer} transfer */
function card(transfer) {
  const { contact, askedBy, askedAt, reason } = transfer;
  const name = contact.displayName;
  const decision =
    askedBy.id === here().viewer.id
      ? h("p", { class: "hint" }, t("yourOwn"))
      : h(
          "div",
          { class: "buttons" },
          h("button", { type: "button", onclick: () => approve(transfer, name) }, t("approve", { name })),
          action(t("decline"), async () => {
            await change(DECIDE.decline, { transferId: transfer.id });
            notice(t("declined"));
            await showAgain();
          }),
        );
  return h(
    "section",
    { class: "card" },
    h("h2", {}, link(address("contact", {}, contact.id), name)),
    h("p", {}, t("askedBy", { name: askedBy.name, date: date(askedAt) })),
    reason && h("blockquote", {}, reason),
    decision,
  );
}

/**
 * @param {PortalTransfer} transfer
 * @param {string} name
 */
function approve(transfer, name) {
  const box = dialog(t("approveAsk", { name }), [
    h("p", {}, t("approveBody")),
    form(
      [],
      t("approve", { name }),
      async () => {
        await change(DECIDE.approve, { transferId: transfer.id });
        box.close();
        notice(t("approved", { name }));
        await showAgain();
      },
      { cancel: () => box.close(), danger: true },
    ),
  ]);
}
