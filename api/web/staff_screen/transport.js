// The screen's way to the API, and whether the server can be reached.

import { ask as askAt } from "../shared/graphql.js";
import { currentLanguage } from "./words.js";

/** @typedef {(isLost: boolean) => void} Listener */

/** @type {Set<Listener>} */
const listeners = new Set();
let lost = false;

/** @param {Listener} listener */
export const onConnection = (listener) => listeners.add(listener);

/** @param {boolean} isNowLost */
function connection(isNowLost) {
  if (isNowLost === lost) return;
  lost = isNowLost;
  for (const listener of listeners) listener(lost);
}

export const isLost = () => lost;

/**
 * The answer's data. `token` yields a bearer token; without it, the question is one that anybody may ask.
 * @param {string} query
 * @param {Record<string, unknown>} [variables]
 * @param {AskOptions & { token?: import("../shared/graphql.js").TokenSource | null }} [options]
 * @returns {Promise<any>}
 */
export const ask = (query, variables, { token = null, ...options } = {}) =>
  askAt(
    { endpoint: "/graphql", language: currentLanguage(), token, onConnection: connection },
    query,
    variables,
    options,
  );
