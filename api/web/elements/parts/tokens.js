// Where a page names an address in place of a function, the icons get their tokens there: the vendor's own server, which
// knows who is signed in and exchanges a token for that person. It answers as /oauth/token does.

import { Trouble } from "../../shared/graphql.js";

/** @typedef {import("../../shared/graphql.js").TokenSource} TokenSource */

// A token is renewed so long before it ends, or after half its life where it is shorter.
const EARLIER = 30_000;

/** @type {Map<string, TokenSource>} */
const sources = new Map();

/**
 * The same source for the same address, so that all icons of a page share its token.
 * @param {TokenSource | string | null} given
 * @returns {TokenSource | null}
 */
export function sourceOf(given) {
  if (typeof given !== "string") return given;
  const source = sources.get(given) ?? renewing(given);
  sources.set(given, source);
  return source;
}

/**
 * @param {string} address
 * @returns {TokenSource}
 */
function renewing(address) {
  /** @type {{ token: string, until: number } | null} */
  let kept = null;
  /** @type {Promise<string | null> | null} */
  let underway = null;
  return async ({ expired }) => {
    if (underway) return underway;
    if (kept && !expired && Date.now() < kept.until) return kept.token;
    kept = null;
    underway = fetched(address)
      .then((found) => {
        kept = found;
        return found && found.token;
      })
      .finally(() => {
        underway = null;
      });
    return underway;
  };
}

/**
 * A new token; null where nobody is signed in at the vendor's server.
 * @param {string} address
 */
async function fetched(address) {
  const asked = Date.now();
  let answer;
  try {
    answer = await fetch(address, {
      method: "POST",
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch (problem) {
    throw new Trouble("offline", String(problem));
  }
  if (answer.status === 401 || answer.status === 403) return null;
  if (answer.status === 429) throw new Trouble("busy");
  if (answer.status >= 500) throw new Trouble("offline");
  const said = await answer.json().catch(() => null);
  if (!answer.ok || typeof said?.access_token !== "string") throw new Trouble("broken");
  const lasts = Number(said.expires_in ?? 0) * 1000;
  return { token: said.access_token, until: asked + lasts - Math.min(EARLIER, lasts / 2) };
}
