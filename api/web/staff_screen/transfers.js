// Transfers that wait for a second person's decision.

import { h } from "../shared/markup.js";
import { action, dialog, empty, facts, link, notice, show } from "./dom.js";
import { form } from "./forms.js";
import { MERGE, card as mergeCard } from "./merges.js";
import { address, showAgain } from "./navigate.js";
import { change, may, query } from "./session.js";
import { ASKED, asked, isOwn, withdrawal } from "./transfer_waiting.js";
import { date, moment, t } from "./words.js";

const PERSON = "id displayName dateOfBirth emails";
const WAITING = `{ portalTransfers(first: 50) { nodes { ${ASKED} contact { ${PERSON} }
  review { accountEmail registeredAt lastSignedInAt linkedAt linkedHow holder { ${PERSON} } } } }
  contactMerges(first: 50) { nodes { ${MERGE} } } }`;
const DECIDE = {
  approve:
    "mutation ($input: ApprovePortalTransferInput!) { answer: approvePortalTransfer(input: $input) { __typename ... on UserError { message } ... on SecondPersonNeeded { reason } } }",
  decline:
    "mutation ($input: DeclinePortalTransferInput!) { answer: declinePortalTransfer(input: $input) { __typename ... on UserError { message } ... on SecondPersonNeeded { reason } } }",
};

/** @param {About} about */
export async function view({ signal, settled }) {
  /** @type {{ portalTransfers: { nodes: PortalTransfer[] }, contactMerges: { nodes: AskedMerge[] } }} */
  const { portalTransfers, contactMerges } = await query(WAITING, {}, { signal });
  const merges = contactMerges.nodes;
  const { nodes } = portalTransfers;
  if (signal.aborted) return;
  settled();
  show(
    t("transfersTitle"),
    nodes.length || merges.length
      ? [...nodes.map(card), ...merges.map((merge) => mergeCard(merge, showAgain))]
      : [empty(t("noTransfers"), link("#/worklist?state=EMAIL_CONFLICT", t("EMAIL_CONFLICT")))],
  );
}

const mayDecide = () => may("WEB_PORTAL") && may("MANAGE_CONTACTS");

/** @param {PortalTransfer} transfer */
function card(transfer) {
  const { contact, review } = transfer;
  const name = contact.displayName;
  return h(
    "section",
    { class: "card" },
    h("h2", {}, link(address("contact", {}, contact.id), name)),
    asked(transfer),
    review && judged(contact, review),
    isOwn(transfer) && may("WEB_PORTAL")
      ? [h("p", { class: "hint" }, t("yourOwn")), h("div", { class: "buttons" }, withdrawal(transfer, showAgain))]
      : mayDecide() &&
          !isOwn(transfer) &&
          h(
            "div",
            { class: "buttons" },
            h("button", { type: "button", onclick: () => approve(transfer, name) }, t("approve", { name })),
            action(
              t("decline"),
              async () => {
                await change(DECIDE.decline, { transferId: transfer.id });
                notice(t("declined"));
                await showAgain();
              },
              { label: `${t("decline")}: ${name}` },
            ),
          ),
  );
}

/**
 * What a second person judges by: both people, and the account.
 * @param {TransferPerson} contact
 * @param {TransferReview} review
 */
const judged = (contact, review) =>
  facts([
    [t("transferWanted"), person(contact)],
    [t("transferHolder"), person(review.holder)],
    [t("transferAccount"), review.accountEmail],
    [t("transferLinked"), `${date(review.linkedAt, "short")} ${t(`how${review.linkedHow}`)}`],
    [t("transferSignedIn"), review.lastSignedInAt ? moment(review.lastSignedInAt) : t("never")],
  ]);

/** @param {TransferPerson} one */
const person = ({ displayName, dateOfBirth, emails }) =>
  [displayName, dateOfBirth ? date(dateOfBirth) : t("unknown"), ...emails].join(" · ");

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
