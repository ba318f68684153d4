// A transfer that waits, as the record and the list of transfers say it, and taking it back.

import { h } from "../shared/markup.js";
import { action, link, notice } from "./dom.js";
import { change, here, may } from "./session.js";
import { date, t } from "./words.js";

export const ASKED = "id askedAt reason askedBy { id name }";
const WITHDRAW =
  "mutation ($input: WithdrawPortalTransferInput!) { answer: withdrawPortalTransfer(input: $input) { __typename ... on UserError { message } } }";

/** @param {AskedTransfer} transfer */
export const isOwn = (transfer) => transfer.askedBy.id === here().viewer.id;

/**
 * Who asked, when and why.
 * @param {AskedTransfer} transfer
 */
export const asked = ({ askedBy, askedAt, reason }) => [
  h("p", {}, t("askedBy", { name: askedBy.name, date: date(askedAt) })),
  reason && h("blockquote", {}, reason),
];

/**
 * @param {AskedTransfer} transfer
 * @param {() => unknown} again
 */
export const withdrawal = (transfer, again) =>
  action(t("withdrawTransfer"), async () => {
    await change(WITHDRAW, { transferId: transfer.id });
    notice(t("transferWithdrawn"));
    await again();
  });

/**
 * On the record: that a transfer waits. Its requester can take it back here; a colleague decides among the transfers.
 * @param {AskedTransfer} transfer
 * @param {Again} again
 */
export const waitingTransfer = (transfer, again) =>
  h(
    "section",
    { class: "card" },
    h("h2", {}, t("transferWaits")),
    asked(transfer),
    isOwn(transfer) && may("WEB_PORTAL")
      ? h("div", { class: "buttons" }, withdrawal(transfer, again))
      : h("p", {}, link("#/transfers", t("transfersTitle"))),
  );
