// Opens a document's file in a window of its own.

import { Trouble } from "../shared/graphql.js";
import { notice } from "./dom.js";
import { query } from "./session.js";
import { closesWithPerson } from "./switch_person.js";
import { t } from "./words.js";

const FILE = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Document { url completedUrl } } }";

/**
 * The address is asked for at the click, since it lives for ten minutes. The window is opened within the click, or the
 * browser would take it for an advertisement.
 * @param {{ id: string }} one
 * @param {boolean} sealed
 */
export async function openDocument(one, sealed) {
  const shown = window.open("", "_blank");
  if (shown) {
    shown.opener = null;
    closesWithPerson(shown);
  }
  try {
    const [found] = (await query(FILE, { ids: [one.id] })).nodes;
    const address = sealed ? found?.completedUrl : found?.url;
    if (!address) throw new Trouble("refused", "", { type: "NotFound" });
    if (shown) shown.location.replace(address);
    else notice(t("windowBlocked"));
  } catch (problem) {
    shown?.close();
    throw problem;
  }
}
