// The way to the practice's own sign-in and back. What only this window knows stays in its sessionStorage meanwhile, so
// that the token in the address opens nothing anywhere else.

import { newKey, Trouble } from "../shared/graphql.js";
import { ask } from "./transport.js";
import { t } from "./words.js";

const KEPT = "vestibule.provider";
const CHANNEL = "vestibule.provider";
const OPTIONS = "query ($slug: String!) { signInOptions(organization: $slug) { password identityProvider } }";

/** @typedef {{ password: boolean, identityProvider: boolean }} Options */
/** @typedef {{ verifier: string, organization: string, invitation: string | null, hash: string }} Kept */
/** @typedef {{ name: "provider", what: "token" | "refused" | "start", value: string }} ProviderDoor */

/**
 * How staff of a practice sign in; by password where nobody can say.
 * @param {string} slug
 * @returns {Promise<Options>}
 */
export async function optionsAt(slug) {
  const none = { password: true, identityProvider: false };
  if (!slug) return none;
  try {
    return (await ask(OPTIONS, { slug }, { patient: false })).signInOptions;
  } catch {
    return none;
  }
}

/**
 * Leaves for the practice's sign-in. `invitation` is the token of the letter that is accepted so.
 * @param {string} organization
 * @param {string | null} [invitation]
 */
export async function goToProvider(organization, invitation = null) {
  const verifier = newKey() + newKey();
  /** @type {Kept} */
  const kept = { verifier, organization, invitation, hash: location.hash };
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    throw new Trouble("refused", t("providerNeedsStorage"), { said: true });
  }
  location.assign(`${start(organization)}?challenge=${await challengeOf(verifier)}`);
}

/**
 * What this window kept when it left, once; null in a window that never left.
 * @returns {Kept | null}
 */
export function takeKept() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    sessionStorage.removeItem(KEPT);
    return kept;
  } catch {
    return null;
  }
}

/** @type {ProviderDoor | null} */
let opened = null;

/**
 * What the address says of a way back, which is taken out of it at once.
 * @returns {ProviderDoor | null}
 */
export function providerAtAddress() {
  const [room = "", what = "", value = ""] = location.hash.slice(2).split("/");
  if (room === "provider" && (what === "token" || what === "refused" || what === "start") && value) {
    opened = { name: "provider", what, value };
    history.replaceState(null, "", "#/");
  }
  return opened;
}

export function leaveProvider() {
  opened = null;
}

/**
 * Tells the window that waits for a fresh sign-in what came back.
 * @param {ProviderDoor} door
 */
export function tellOpener({ what, value }) {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ what, value });
  channel.close();
}

/**
 * A fresh sign-in in a window of its own: nothing here is left, and what was typed stays.
 * @param {string} organization
 * @param {AbortSignal} signal
 * @returns {Promise<{ token: string, verifier: string }>}
 */
export async function proveAtProvider(organization, signal) {
  const verifier = newKey() + newKey();
  const address = `${start(organization)}?again=1&challenge=${await challengeOf(verifier)}`;
  const channel = new BroadcastChannel(CHANNEL);
  try {
    const answer = new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Trouble("refused", t("freshLeft"), { said: true })));
      channel.addEventListener("message", ({ data }) => resolve(data));
    });
    // Without an opener it gets neither this window nor a copy of its sessionStorage.
    window.open(address, "_blank", "popup,noopener,width=520,height=680");
    const { what, value } = await answer;
    if (what === "token") return { token: value, verifier };
    throw new Trouble("refused", "", { type: "ProviderSignInRefused", reason: value });
  } finally {
    channel.close();
  }
}

/** @param {string} organization */
const start = (organization) => `/oauth/${encodeURIComponent(organization)}/start`;

/**
 * SHA-256 in base64url.
 * @param {string} verifier
 */
async function challengeOf(verifier) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
