// An edit that says which version it saw. Where somebody else changed the record meanwhile, the person learns who changed
// what, and keeps theirs or takes the other's; what they typed stays until they choose.

import { Trouble } from "../shared/graphql.js";
import { h } from "../shared/markup.js";
import { dialog } from "./dom.js";
import { change } from "./session.js";
import { date, languageName, moment, t } from "./words.js";

// What an edit asks of its answer.
export const ANSWER = `__typename ... on UserError { message } ... on InvalidInput { fields { path message } }
  ... on ChangedMeanwhile { version changes { at by fields } current {
    ... on Contact { givenName familyName dateOfBirth contactKind: kind language emails phones archivedAt }
    ... on Relationship { relation: kind portalAccess endsOn }
    ... on Episode { facility { name } endedAt }
    ... on Appointment { startsAt endsAt cancelledAt sourceStatus facility { name } staffMember { name } } } }`;

/** What each field is called on the screen. */
const NAMES = new Map([
  ["givenName", "givenName"],
  ["familyName", "familyName"],
  ["dateOfBirth", "born"],
  ["kind", "kind"],
  ["language", "letterLanguage"],
  ["emails", "addresses"],
  ["phones", "phones"],
  ["archivedAt", "archiving"],
  ["portalAccess", "portalAccess"],
  ["endsOn", "endsOn"],
  ["facility", "facility"],
  ["endedAt", "episodeEnd"],
  ["staffMember", "staffMember"],
  ["startsAt", "start"],
  ["endsAt", "end"],
  ["cancelledAt", "cancellation"],
  ["sourceStatus", "sourceStatus"],
]);

/**
 * @typedef {{ at: string, by: string, fields: string[] }} ChangeMade
 * @typedef {{ type: string, version: number, changes: ChangeMade[], current: Record<string, any> | null }} Clash
 */

/**
 * Sends an edit with the version it saw. Answers its success; null where the person takes what is there now.
 * @param {string} mutation
 * @param {Record<string, unknown>} input
 * @param {number} version
 * @returns {Promise<Record<string, any> | null>}
 */
export async function edit(mutation, input, version) {
  let seen = version;
  for (;;) {
    try {
      return await change(mutation, { ...input, version: seen });
    } catch (problem) {
      if (!(problem instanceof Trouble) || problem.details.type !== "ChangedMeanwhile") throw problem;
      const clash = /** @type {Clash & Record<string, any>} */ (problem.details);
      const chosen = await ask(clash);
      if (chosen === "theirs") return null;
      if (chosen !== "mine") throw problem;
      seen = clash.version;
    }
  }
}

/**
 * @param {Clash} clash
 * @returns {Promise<"mine" | "theirs" | "back">}
 */
function ask({ changes, current }) {
  return new Promise((resolve) => {
    /** @type {"mine" | "theirs" | "back"} */
    let chosen = "back";
    /** @param {"mine" | "theirs" | "back"} choice */
    const take = (choice) => {
      chosen = choice;
      box.close();
    };
    /** @type {HTMLDialogElement} */
    const box = dialog(
      t("clashTitle"),
      [
        h("p", {}, t("clashBody")),
        h(
          "ul",
          { class: "plain" },
          changes.map((one) => h("li", {}, told(one, current))),
        ),
        h(
          "div",
          { class: "buttons" },
          h("button", { type: "button", onclick: () => take("mine") }, t("clashKeepMine")),
          h("button", { type: "button", class: "quiet", onclick: () => take("theirs") }, t("clashTakeTheirs")),
          h("button", { type: "button", class: "quiet", onclick: () => take("back") }, t("clashBack")),
        ),
      ],
      { onclose: () => resolve(chosen) },
    );
  });
}

/**
 * @param {ChangeMade} made
 * @param {Record<string, any> | null} current
 */
const told = ({ at, by, fields }, current) => [
  t("clashBy", { name: by, when: moment(at) }),
  h(
    "ul",
    {},
    fields.map((name) => h("li", {}, `${t(NAMES.get(name) ?? name)}: ${now(name, current)}`)),
  ),
];

/**
 * What a field is now, in words.
 * @param {string} name
 * @param {Record<string, any> | null} current
 * @returns {string}
 */
function now(name, current) {
  const value = current?.[name] ?? (name === "kind" ? (current?.relation ?? t(current?.contactKind ?? "")) : null);
  if (value === null || value === "") return "--";
  if (name === "language") return languageName(value);
  if (name === "dateOfBirth" || name === "endsOn") return date(value, "short");
  if (name.endsWith("At")) return moment(value);
  if (typeof value === "boolean") return t(value ? "portalAccess" : "noPortalAccess");
  if (Array.isArray(value)) return value.join(", ") || "--";
  return typeof value === "object" ? value.name : String(value);
}

/**
 * Of what was typed only what differs from what was shown.
 * @param {Record<string, unknown>} shown
 * @param {Record<string, unknown>} typed
 */
export const onlyChanged = (shown, typed) =>
  Object.fromEntries(
    Object.entries(typed).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(shown[name] ?? null)),
  );
