// The gallery: icons that were told their status by the page, and so ask nobody.

import "./portal-status.js";

/** @typedef {{ state: string, summary: string, action: string | null, blockedReason: string | null }} Status */

/** @type {[string, string, string | null, string | null][]} */
const STATES = [
  ["NO_EMAIL", "No email address on record.", null, "There is no email address to invite. Add one to this contact."],
  ["NO_ACCOUNT", "No portal account for omar.reyes@example.com yet.", "CREATE_ACCOUNT", null],
  [
    "INVITED",
    "Invited: the email to ines.novak@example.com was sent on Mar 2, 2026. Not yet registered.",
    "PRINT_INSTRUCTIONS",
    null,
  ],
  [
    "ACCOUNT_NOT_LINKED",
    "A portal account for ana.santos@example.com exists and is linked to no record.",
    "LINK_ACCOUNT",
    null,
  ],
  ["LINKED", "Portal account leo.park@example.com is linked. Registered on Feb 28, 2026.", "PRINT_INSTRUCTIONS", null],
  [
    "EMAIL_CONFLICT",
    "The portal account for leo.park@example.com belongs to another record.",
    null,
    "Use another address for this contact. If the account's holder is a relative, give the relationship portal access instead.",
  ],
];
/** @type {Status[]} */
const STATUSES = STATES.map(([state, summary, action, blockedReason]) => ({ state, summary, action, blockedReason }));
/** @type {Record<string, [summary: string, blockedReason?: string]>} */
const SPANISH = {
  NO_EMAIL: [
    "No hay ningún correo electrónico en el expediente.",
    "No hay un correo electrónico al que invitar. Agregue uno a este contacto.",
  ],
  NO_ACCOUNT: ["Todavía no hay cuenta del portal para omar.reyes@example.com."],
  INVITED: [
    "Con invitación: el correo a ines.novak@example.com se envió el 2 mar 2026. La persona todavía no se registró.",
  ],
  ACCOUNT_NOT_LINKED: [
    "Hay una cuenta del portal de ana.santos@example.com que no está vinculada a ningún expediente.",
  ],
  LINKED: ["La cuenta del portal leo.park@example.com está vinculada. La persona se registró el 28 feb 2026."],
  EMAIL_CONFLICT: [
    "La cuenta del portal de leo.park@example.com pertenece a otro expediente.",
    "Use otra dirección para este contacto. Si el titular de la cuenta es un familiar, dé acceso al portal a la relación.",
  ],
};
/** @param {Status} status */
const inSpanish = (status) => {
  const [summary, blockedReason = null] = SPANISH[status.state] ?? [""];
  return { ...status, summary, blockedReason };
};
/** @type {[title: string, kind: string][]} */
const SHEETS = [
  ["Light", "light"],
  ["Dark", "dark"],
  ["A page's own theme", "own"],
  ["Without colour", "light mono"],
];
const SIZES = [16, 20, 24, 32, 48];

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} properties
 * @param {...(Node | string)} children
 */
const make = (tag, properties, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

/**
 * @param {Status | null} status
 * @param {Record<string, string>} properties
 */
function icon(status, properties = {}) {
  const made = make("portal-status", properties);
  made.status = status;
  return made;
}

/** @param {(status: Status) => Node} of */
const row = (of) => make("ul", { class: "row" }, ...STATUSES.map((status) => make("li", {}, of(status))));
/** @param {[title: string, kind: string]} of */
const sheet = ([title, kind]) =>
  make(
    "section",
    { class: kind },
    make("h2", {}, title),
    row((status) => icon(status)),
    make(
      "dl",
      {},
      ...SIZES.map((size) =>
        make(
          "div",
          { class: `s${size}` },
          make("dt", {}, `${size} px`),
          make(
            "dd",
            {},
            row((status) => icon(status, { display: "icon" })),
          ),
        ),
      ),
    ),
  );

document
  .getElementById("gallery")
  ?.append(
    ...SHEETS.map(sheet),
    make(
      "section",
      {},
      make("h2", {}, "While it is looked up, and where there is nothing"),
      make("ul", { class: "row" }, make("li", {}, make("portal-status", {})), make("li", {}, icon(null))),
    ),
  );
const language = /** @type {HTMLButtonElement} */ (document.getElementById("language"));
language.addEventListener("click", () => {
  const spanish = language.lang === "es";
  for (const one of document.querySelectorAll("portal-status")) {
    one.lang = spanish ? "es" : "en";
    const english = STATUSES.find(({ state }) => state === one.status?.state);
    if (english) one.status = spanish ? inSpanish(english) : english;
  }
  language.lang = spanish ? "en" : "es";
  language.textContent = spanish ? "English" : "Español";
});
