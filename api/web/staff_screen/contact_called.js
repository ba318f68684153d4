// An EHR opens a record by its own number: #/contact?system=…&value=… leads to the contact page.

import { h } from "../shared/markup.js";
import { link, show } from "./dom.js";
import { address } from "./navigate.js";
import { query } from "./session.js";
import { t } from "./words.js";

const CALLED = `query ($externalId: ExternalIdInput!) { contactByExternalId(externalId: $externalId) { id } }`;

/**
 * Goes to the page of the contact that another system calls so, or says that there is none.
 * @param {About} about
 * @typedef {import("./router.js").About} About
 */
export async function openCalled({ values, signal, settled }) {
  const externalId = { system: values.get("system") ?? "", value: values.get("value") ?? "" };
  /** @type {{ contactByExternalId: { id: string } | null }} */
  const { contactByExternalId: found } = await query(CALLED, { externalId }, { signal });
  if (signal.aborted) return;
  if (found) {
    // Going back from the record must not lead here and forth again.
    location.replace(address("contact", {}, found.id));
    return;
  }
  settled();
  show(t("contactGone"), [h("p", {}, t("contactGoneBody")), h("p", {}, link("#/contacts", t("contacts")))]);
}
