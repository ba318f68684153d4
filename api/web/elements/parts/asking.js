// When the icons ask, and whom: one request for all that want to know at the same moment, in the same place and the
// same language.

import { ask } from "../../shared/graphql.js";
import { READ, READ_CALLED } from "./operations.js";

const AT_ONCE = 100; // as many as the API's `nodes` takes

/** @typedef {import("../../shared/graphql.js").TokenSource} TokenSource */
/** @typedef {import("../../shared/graphql.js").Trouble} Trouble */

/**
 * Where an icon asks; null until the page has said so.
 * @typedef {{ endpoint: string | null, token: TokenSource | null, language: "en" | "es", onEnded: (() => void) | null }} IconPlace
 */

/**
 * Whose icon it is: a contact's id, or what another system calls the contact.
 * @typedef {string | { system: string, value: string }} Wanted
 */

/**
 * @typedef {object} Icon
 * @property {string} contactId empty until it is known
 * @property {Wanted | null} wanted
 * @property {boolean} isConnected
 * @property {IconPlace} place
 * @property {() => Promise<void>} refresh
 * @property {(contact: IconContact | null, problem?: unknown, asked?: number) => void} receive
 */

let asked = 0;
// Answers may come in another order than they were asked for: each has the number of its question. What a page or a
// change tells by itself is the newest at that moment.
export const nextQuestion = () => (asked += 1);

/**
 * What the page has said by `configure`.
 * @typedef {object} Settings
 * @property {string | null} endpoint the address of POST /graphql
 * @property {TokenSource | string | null} token a function, or the address that answers with a token
 * @property {string | null} lang "en" or "es"
 * @property {(() => void) | null} onUnauthenticated called when even a new token is refused
 */

/** @type {Settings} */
export const page = { endpoint: null, token: null, lang: null, onUnauthenticated: null };

/** @type {Set<Icon>} */
export const shown = new Set();
/** @type {Map<Icon, (() => void)[]>} */
const waiting = new Map();
/** @type {ReturnType<typeof setTimeout> | null} */
let flushing = null;

/**
 * The page's settings; every icon on it asks again.
 * @param {Partial<Settings>} settings
 */
export function configure(settings) {
  Object.assign(page, settings);
  for (const icon of shown) icon.refresh();
}

/**
 * Asks again, for some contacts or for all icons on the page. Resolves when the answers are shown.
 * @param {Iterable<string> | null} [ids]
 */
export function refresh(ids = null) {
  const some = ids && new Set(ids);
  return Promise.all([...shown].filter((one) => !some || some.has(one.contactId)).map((one) => one.refresh()));
}

/**
 * A contact that the page has just read with `id portalStatus { state icon summary action blockedReason }`.
 * @param {IconContact} contact
 */
export function apply(contact) {
  tell(contact, nextQuestion());
}

/**
 * @param {IconContact} contact
 * @param {number} number of the question that this answers
 */
export function tell(contact, number) {
  for (const icon of shown) if (icon.contactId === contact.id) icon.receive(contact, null, number);
}

/**
 * As the signed-in person of the page. Without a token source the session is over.
 * @param {IconPlace} place
 * @param {string} query
 * @param {Record<string, unknown>} variables
 * @param {{ patient?: boolean }} [options]
 */
export const askThere = (place, query, variables, options) =>
  ask({ ...place, endpoint: place.endpoint ?? "", token: place.token ?? (() => null) }, query, variables, options);

/**
 * Resolves when the icon has been told.
 * @param {Icon} icon
 * @returns {Promise<void>}
 */
export function want(icon) {
  return new Promise((resolve) => {
    waiting.set(icon, [...(waiting.get(icon) ?? []), resolve]);
    flushing ??= setTimeout(flush, 0);
  });
}

/**
 * Icons that are asked about together: by id, or by what another system calls their contacts.
 * @typedef {{ place: IconPlace, isCalled: boolean, wanted: Map<string, Wanted>, icons: Map<string, Told[]> }} Group
 */
/** @typedef {{ icon: Icon, told: (() => void)[] }} Told */

/** @param {Wanted | null} wanted */
const keyOf = (wanted) => (typeof wanted === "string" ? wanted : JSON.stringify(wanted));

async function flush() {
  flushing = null;
  const asked = [...waiting];
  waiting.clear();
  /** @type {Group[]} */
  const groups = [];
  for (const [icon, told] of asked) {
    const { place, wanted } = icon;
    // Not on the page any more, or the page has not said yet where to ask.
    if (!icon.isConnected || !wanted || !place.endpoint || !place.token) {
      told.forEach((tell) => tell());
      continue;
    }
    const isCalled = typeof wanted !== "string";
    let group = groups.find((one) => one.isCalled === isCalled && isSame(one.place, place));
    if (!group) groups.push((group = { place, isCalled, wanted: new Map(), icons: new Map() }));
    const key = keyOf(wanted);
    group.wanted.set(key, wanted);
    group.icons.set(key, [...(group.icons.get(key) ?? []), { icon, told }]);
  }
  await Promise.all(groups.map(readAll));
}

/**
 * @param {IconPlace} one
 * @param {IconPlace} other
 */
const isSame = (one, other) =>
  one.endpoint === other.endpoint && one.token === other.token && one.language === other.language;

/** @param {Group} group */
async function readAll({ place, isCalled, wanted, icons }) {
  const all = [...wanted];
  for (let at = 0; at < all.length; at += AT_ONCE) {
    const some = all.slice(at, at + AT_ONCE);
    const mine = nextQuestion();
    /** @type {(IconContact | null)[]} */
    let found = [];
    /** @type {unknown} */
    let problem = null;
    try {
      const ids = some.map(([, one]) => one);
      found = (await askThere(place, isCalled ? READ_CALLED : READ, { ids })).nodes;
    } catch (trouble) {
      problem = trouble;
    }
    some.forEach(([key], number) => {
      for (const { icon, told } of icons.get(key) ?? []) {
        // Switched to the other language meanwhile: what came is not what this icon speaks now.
        const foreign = icon.place.language !== place.language && !problem;
        if (keyOf(icon.wanted) === key && !foreign)
          icon.receive(problem ? null : (found[number] ?? null), problem, mine);
        Promise.resolve(foreign && want(icon)).then(() => told.forEach((tell) => tell()));
      }
    });
  }
}
