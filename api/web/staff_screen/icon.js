// The icon of any chart, used here as an EHR would use it: the element served at /elements/v1/.

import { kindOf } from "../shared/graphql.js";
import { h } from "../shared/markup.js";
import { withKey } from "./keys.js";
import { end, token } from "./session.js";
import { currentLanguage, t } from "./words.js";

/** @type {typeof import("/elements/v1/portal-status.js") | null} */
let element = null;

/**
 * As the element understands it: no token, signed out; a TypeError, no connection.
 * @type {import("../shared/graphql.js").TokenSource}
 */
const tokenForIcons = (asked) =>
  token(asked).catch((problem) => {
    if (kindOf(problem) === "ended") return null;
    throw new TypeError(String(problem));
  });

export async function prepareIcons() {
  try {
    element ??= await import("/elements/v1/portal-status.js");
    element.configure({ endpoint: "/graphql", token: tokenForIcons, lang: currentLanguage(), onUnauthenticated: end });
  } catch (problem) {
    console.warn("no icons", String(problem));
  }
}

/**
 * With the key I, for the one icon that a page or panel is about.
 * @param {string} contactId
 * @param {string} name
 */
export const keyedIcon = (contactId, name) =>
  h(
    "span",
    { class: "keyed-icon" },
    withKey("I", h("portal-status", { "contact-id": contactId, "contact-name": name, "data-does": t("iconKey") }), {
      shown: false,
    }),
    h("kbd", { "aria-hidden": "true" }, "I"),
  );
/**
 * The icon beside a name. With a contact that was just read with its status, it asks nobody.
 * @param {string} contactId
 * @param {string} name
 * @param {{ contact?: IconContact | null, display?: "icon" | null }} [how]
 */
export function icon(contactId, name, { contact = null, display = null } = {}) {
  const made = h("portal-status", { "contact-id": contactId, "contact-name": name, display });
  // Where the element could not be loaded, it is an empty place and takes nothing.
  if (contact && element) made.receive(contact);
  return made;
}

/** @param {string[] | null} ids null for every icon on the page */
export const refreshIcons = (ids) => element?.refresh(ids);
