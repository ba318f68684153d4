// The icon of any chart, used here as an EHR would use it: the element served at /elements/v1/.

import { h } from "./dom.js";
import { end, token } from "./session.js";
import { withKey } from "./keys.js";
import { currentLanguage, t } from "./words.js";

let element = null;

// As the element understands it: no token, signed out; a TypeError, no connection.
const tokenForIcons = (asked) =>
  token(asked).catch((problem) => {
    if (problem.kind === "ended") return null;
    throw new TypeError(problem.message);
  });

export async function prepareIcons() {
  try {
    element ??= await import("/elements/v1/portal-status.js");
    element.configure({ endpoint: "/graphql", token: tokenForIcons, lang: currentLanguage(), onUnauthenticated: end });
  } catch (problem) {
    console.warn("no icons", problem.message);
  }
}

// With the key I, for the one icon that a page or panel is about.
export const keyedIcon = (contactId, name) =>
  h(
    "span",
    { class: "keyed-icon" },
    withKey("I", h("portal-status", { "contact-id": contactId, "contact-name": name, "data-does": t("iconKey") }), {
      shown: false,
    }),
    h("kbd", { "aria-hidden": "true" }, "I"),
  );
export const icon = (contactId, name) => h("portal-status", { "contact-id": contactId, "contact-name": name });
export const refreshIcons = (ids) => element?.refresh?.(ids);
export const applyIcon = (contact) => element?.apply?.(contact);
