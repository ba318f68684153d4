// Two records of one person: asking for the merge on a record, and deciding about it among the transfers.

import { Intent } from "../shared/graphql.js";
import { h } from "../shared/markup.js";
import { action, dialog, facts, link, notice } from "./dom.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { address, go } from "./navigate.js";
import { personPicker } from "./person_picker.js";
import { change, here, may, query } from "./session.js";
import { date, t } from "./words.js";

const PERSON = `id displayName dateOfBirth emails phones relationships { id } documents(first: 1) { totalCount }
  appointments(first: 1, includeCancelled: true) { totalCount } portalStatus { summary }`;
/** What is shown of a merge that waits. */
export const MERGE = `id askedAt reason askedBy { id name } kept { ${PERSON} } duplicate { ${PERSON} }`;
const BOTH = `query ($kept: ID!, $duplicate: ID!) { kept: contact(id: $kept) { ${PERSON} } duplicate: contact(id: $duplicate) { ${PERSON} } }`;
const BLOCKED = "__typename ... on UserError { message } ... on MergeBlocked { reason }";
const REQUEST = `mutation ($input: RequestContactMergeInput!) { answer: requestContactMerge(input: $input) { ${BLOCKED}
  ... on InvalidInput { fields { path message } } } }`;
const APPROVE = `mutation ($input: ApproveContactMergeInput!) { answer: approveContactMerge(input: $input) { ${BLOCKED}
  ... on SecondPersonNeeded { reason } } }`;
const DECLINE = `mutation ($input: DeclineContactMergeInput!) { answer: declineContactMerge(input: $input) {
  __typename ... on UserError { message } ... on SecondPersonNeeded { reason } } }`;
const WITHDRAW =
  "mutation ($input: WithdrawContactMergeInput!) { answer: withdrawContactMerge(input: $input) { __typename ... on UserError { message } } }";

const mayMerge = () => may("MANAGE_CONTACTS") && may("WEB_PORTAL");

/**
 * On a record: which merges with it wait, and the button that asks for one.
 * @param {ContactRecord} contact
 * @param {AskedMerge[]} waiting
 * @param {Again} again
 */
export const merging = (contact, waiting, again) => [
  waiting.map((merge) => card(merge, again)),
  mayMerge() &&
    !contact.archivedAt &&
    h(
      "div",
      { class: "after" },
      h("button", { type: "button", class: "quiet", onclick: () => choose(contact, again) }, t("mergeRecord")),
      h("p", { class: "hint" }, t("mergeHint")),
    ),
];

/**
 * The first step: which other record is the same person's.
 * @param {ContactRecord} contact
 * @param {Again} again
 */
function choose(contact, again) {
  const picker = personPicker(contact.id);
  const box = dialog(t("mergeAsk", { name: contact.displayName }), [
    h("p", {}, t("mergeChoose")),
    picker.search,
    form(
      [picker.choice],
      t("mergeCompare"),
      async () => {
        const duplicate = picker.chosen();
        if (!duplicate) throw new Error("nobody chosen");
        /** @type {{ kept: MergePerson, duplicate: MergePerson }} */
        const both = await query(BOTH, { kept: contact.id, duplicate });
        box.close();
        compare(both, again);
      },
      { cancel: () => box.close() },
    ),
  ]);
}

/**
 * The second step: both records side by side, and why they are one person's.
 * @param {{ kept: MergePerson, duplicate: MergePerson }} both
 * @param {Again} again
 */
function compare(both, again) {
  const intent = new Intent();
  const box = dialog(t("mergeTitle", { name: both.kept.displayName }), [
    h("p", {}, t("mergeBody")),
    sideBySide(both),
    form(
      [
        field({
          name: "reason",
          label: t("mergeReason"),
          hint: t("mergeReasonHint"),
          required: true,
          maxlength: limits.LONGEST_REASON,
          autocomplete: "off",
        }),
      ],
      t("mergeRequest"),
      async ({ reason }) => {
        await change(REQUEST, { keptId: both.kept.id, duplicateId: both.duplicate.id, reason }, intent);
        box.close();
        notice(t("mergeRequested"));
        await again();
      },
      { cancel: () => box.close() },
    ),
  ]);
}

/**
 * A merge that waits: both records, who asked and why, and what may be done.
 * @param {AskedMerge} merge
 * @param {() => unknown} again
 */
export function card(merge, again) {
  const own = merge.askedBy.id === here().viewer.id;
  return h(
    "section",
    { class: "card" },
    h("h2", {}, t("mergeWaits", { name: merge.kept.displayName })),
    h("p", {}, t("askedBy", { name: merge.askedBy.name, date: date(merge.askedAt) })),
    merge.reason && h("blockquote", {}, merge.reason),
    sideBySide(merge),
    mayMerge() &&
      h(
        "div",
        { class: "buttons" },
        own
          ? action(t("withdrawTransfer"), () => decided(WITHDRAW, merge, "mergeWithdrawn", again))
          : [
              h("button", { type: "button", onclick: () => approve(merge) }, t("mergeApprove")),
              action(t("mergeDecline"), () => decided(DECLINE, merge, "mergeDeclined", again)),
            ],
      ),
    own && h("p", { class: "hint" }, t("yourOwn")),
  );
}

/**
 * @param {string} mutation
 * @param {AskedMerge} merge
 * @param {string} said
 * @param {() => unknown} again
 */
async function decided(mutation, merge, said, again) {
  await change(mutation, { mergeId: merge.id });
  notice(t(said));
  await again();
}

/** @param {AskedMerge} merge */
function approve(merge) {
  const box = dialog(t("mergeApproveAsk", { name: merge.kept.displayName }), [
    h("p", {}, t("mergeApproveBody")),
    form(
      [],
      t("mergeApprove"),
      async () => {
        await change(APPROVE, { mergeId: merge.id });
        box.close();
        go("contact", {}, merge.kept.id);
        notice(t("merged"), null, merge.kept.displayName);
      },
      { cancel: () => box.close(), danger: true },
    ),
  ]);
}

/** @param {{ kept: MergePerson, duplicate: MergePerson }} both */
const sideBySide = ({ kept, duplicate }) =>
  h("div", { class: "pair" }, person(t("mergeKept"), kept), person(t("mergeDuplicate"), duplicate));

/**
 * @param {string} role
 * @param {MergePerson} one
 */
const person = (role, one) =>
  h(
    "div",
    {},
    h("h3", {}, role),
    facts([
      [t("record"), link(address("contact", {}, one.id), one.displayName)],
      [t("born"), one.dateOfBirth ? date(one.dateOfBirth) : t("unknown")],
      [t("addresses"), one.emails.join(", ") || "--"],
      [t("phones"), one.phones.join(", ") || "--"],
      [t("portal"), one.portalStatus.summary],
      [t("mergeCounts"), t("mergeCounted", counted(one))],
    ]),
  );

/** @param {MergePerson} one */
const counted = ({ documents, appointments, relationships }) => ({
  documents: documents.totalCount,
  appointments: appointments.totalCount,
  relationships: relationships.length,
});
