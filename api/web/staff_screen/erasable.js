// Signed documents that the practice's rule no longer keeps, and the erasure of one. For those who manage both contacts
// and the organization.

import { h, only } from "../shared/markup.js";
import { dialog, link, notice, show } from "./dom.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { address, showAgain } from "./navigate.js";
import { pagedTable } from "./paged.js";
import { lacking } from "./rooms.js";
import { change, may, query } from "./session.js";
import { addWords, date, t } from "./words.js";
import words from "./words_erasable.js";

const LIST = `query ($after: String) { organization { signedRetentionYears }
  erasableDocuments(first: 50, after: $after) { totalCount nodes { keptUntil lastSignedAt
    document { id title contact { id displayName } } } pageInfo { hasNextPage endCursor } } }`;
const ERASE = `mutation ($input: EraseDocumentInput!) { answer: eraseDocument(input: $input) { __typename
  ... on UserError { message } ... on InvalidInput { fields { path message } } ... on MustBeKept { reason until } } }`;

addWords(words);

/** @param {About} about */
export async function view({ signal, settled }) {
  /** @param {string | null} after */
  const answer = (after) => query(LIST, { after }, { signal });
  const { organization, erasableDocuments } = await answer(null);
  if (signal.aborted) return;
  settled();
  const years = organization.signedRetentionYears;
  const count = erasableDocuments.totalCount;
  show(t("erasable"), [
    h("p", {}, link("#/settings", t("back"))),
    count > 0 && h("p", {}, t("erasableBody", { years, count })),
    pagedTable({
      columns: ["erasableDocument", "name", "erasableSigned", "erasableSince", "eraseDocument"],
      first: erasableDocuments,
      read: async (after) => (await answer(after)).erasableDocuments,
      row,
      none: t(years === null ? "erasableForEver" : "erasableNone"),
    }),
  ]);
}

/** Whether the person may see what can be erased, and erase it. */
export const mayErase = () => lacking("erasable", may) === null;

/** @param {ErasableDocument} one */
const row = ({ document, lastSignedAt, keptUntil }) =>
  h(
    "tr",
    {},
    h("td", {}, document.title),
    h("td", {}, link(address("contact", {}, document.contact.id), document.contact.displayName)),
    h("td", {}, date(lastSignedAt, "short")),
    h("td", {}, date(keptUntil, "short")),
    h(
      "td",
      {},
      h(
        "button",
        {
          type: "button",
          class: "quiet danger",
          "aria-label": t("eraseDocumentOf", { title: document.title, name: document.contact.displayName }),
          onclick: () => ask(document),
        },
        t("eraseDocument"),
      ),
    ),
  );

/** @param {ErasableDocument["document"]} document */
function ask(document) {
  const box = dialog(t("eraseDocumentAsk", { title: document.title, name: document.contact.displayName }), [
    h("p", {}, t("eraseDocumentBody")),
    form(
      [
        field({
          name: "reason",
          label: t("reason"),
          hint: t("eraseReasonHint"),
          required: true,
          maxlength: limits.LONGEST_REASON,
          autocomplete: "off",
        }),
      ],
      t("eraseForGood"),
      async ({ reason }) => {
        await change(ERASE, { documentId: document.id, reason });
        box.close();
        await showAgain();
        notice(t("documentErased"));
      },
      { cancel: () => box.close(), danger: true },
    ),
  ]);
  only(box, "input").focus();
}
