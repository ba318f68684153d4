// Who is signed in here. The access token lives in this module only. The refresh token is kept in this tab's
// sessionStorage, so that a reload does not sign anybody out; it goes with the tab, and each use replaces it.
// A copied tab would hold the same token, and using it twice ends the session (as theft would): so each session has a
// lock that only one tab holds, and the copy asks for a sign-in of its own.

import { kindOf, newKey, success, Trouble } from "../shared/graphql.js";
import { lastSwitch } from "./switch_person.js";
import { ask } from "./transport.js";

const KEPT = "vestibule.staff";
/** Where this tab keeps drafts of documents while the session lasts. */
export const DRAFTS = `${KEPT}.drafts`;
const SIGN_IN =
  "__typename ... on SignInSuccess { accessToken refreshToken expiresAt } ... on UserError { message } ... on TooManyAttempts { retryAfterSeconds } ... on SecondFactorNeeded { challenge kinds passkeyOptions } ... on WrongCredentials { closedAccount { organization phone } } ... on ProviderSignInRefused { reason } ... on InvitationNotUsable { reason }";
const WHO = `{ viewer { __typename ... on StaffMember { id name email permissions mustAddFactor } }
  organization { name slug timeZone languages portalUrl staffIdleMinutes facilities { id name } } }`;

/** @typedef {{ access: string | null, until: number, refresh: string, name: string }} Tokens */
/** @typedef {{ id: string, name: string, email: string, permissions: string[], mustAddFactor: boolean }} Viewer */
/** @typedef {{ name: string, slug: string, timeZone: string, languages: string[], portalUrl: string, staffIdleMinutes: number, facilities: Facility[] }} Organization */

/** @type {Tokens | null} */
let tokens = null;
/** The last switch of persons before this session began. */
let since = "";
/** @type {Promise<void> | null} */
let renewing = null;
/** @type {Set<(person: string | null) => void>} */
const endings = new Set();
/** @type {{ viewer: Viewer | null, organization: Organization | null }} */
export const who = { viewer: null, organization: null };

/** The practice, and who is signed in. Only for what is shown to somebody signed in. */
export function here() {
  if (!who.viewer || !who.organization) throw new Trouble("ended");
  return { viewer: who.viewer, organization: who.organization };
}

/** @param {string} permission */
export const may = (permission) => Boolean(who.viewer?.permissions.includes(permission) && !who.viewer.mustAddFactor);
/** @param {(person: string | null) => void} listener told whose session it was */
export const onEnded = (listener) => endings.add(listener);
export const isSignedIn = () => tokens !== null;
/** Whether the person was switched in another window since this session began. */
export const isOutlived = () => tokens !== null && since !== lastSwitch();
export const lastOrganization = () => read(localStorage, `${KEPT}.organization`) ?? "";

/**
 * @param {string} organization
 * @param {string} email
 * @param {string} password
 */
export async function signIn(organization, email, password) {
  const data = await ask(
    `mutation ($input: SignInStaffInput!) { answer: signInStaff(input: $input) { ${SIGN_IN} } }`,
    { input: { organization, email, password } },
    { patient: false },
  );
  await begin(success(data.answer), organization);
}

/**
 * The second step, where `signIn` was answered by SecondFactorNeeded.
 * @param {string} organization
 * @param {{ challenge: string, code?: string, recoveryCode?: string, passkey?: string }} input
 */
export async function completeSignIn(organization, input) {
  const data = await ask(
    `mutation ($input: CompleteSignInInput!) { answer: completeSignIn(input: $input) { ${SIGN_IN} } }`,
    { input },
    { patient: false },
  );
  await begin(success(data.answer), organization);
}

/**
 * After the practice's own sign-in.
 * @param {string} organization
 * @param {{ token: string, verifier: string, invitation: string | null }} input
 */
export async function completeAtProvider(organization, input) {
  const data = await ask(
    `mutation ($input: CompleteProviderSignInInput!) { answer: completeProviderSignIn(input: $input) { ${SIGN_IN} } }`,
    { input },
    { patient: false },
  );
  await begin(success(data.answer), organization);
}

/**
 * @param {any} answer
 * @param {string} organization
 */
async function begin(answer, organization) {
  since = lastSwitch();
  await take(answer, newKey());
  write(localStorage, `${KEPT}.organization`, organization);
  await learn();
}

// After a reload: true when the session goes on.
export async function resume() {
  const kept = JSON.parse(read(sessionStorage, KEPT) ?? "null");
  if (!kept) return false;
  if (!(await hold(kept.name))) {
    forget();
    return false;
  }
  tokens = { access: null, until: 0, refresh: kept.refresh, name: kept.name };
  // The person was switched in another window while this one was not there to hear of it.
  if (kept.since !== lastSwitch()) {
    await signOut();
    return false;
  }
  since = kept.since;
  try {
    await learn();
  } catch (trouble) {
    if (kindOf(trouble) === "ended") return false;
    throw trouble;
  }
  return true;
}

/**
 * A token that lasts for another half minute at least; `expired`: the last one was refused.
 * @param {{ expired?: boolean }} [asked]
 */
export async function token({ expired = false } = {}) {
  if (!tokens) throw new Trouble("ended");
  if (expired) tokens.access = null;
  if (tokens.access && tokens.until - Date.now() > 30_000) return tokens.access;
  renewing ??= renew(tokens).finally(() => {
    renewing = null;
  });
  await renewing;
  return tokens?.access ?? null;
}

/** @param {Tokens} held */
async function renew({ refresh, name }) {
  const query = `mutation ($input: RefreshSessionInput!) { answer: refreshSession(input: $input) { ${SIGN_IN} } }`;
  const { answer } = await ask(query, { input: { refreshToken: refresh } }, { patient: false });
  if (answer.__typename === "TooManyAttempts") throw new Trouble("busy", answer.message);
  if (answer.__typename !== "SignInSuccess") {
    end();
    throw new Trouble("ended");
  }
  await take(answer, name);
}

/**
 * @param {{ accessToken: string, refreshToken: string, expiresAt: string } & Record<string, any>} answer
 * @param {string} name
 */
async function take(answer, name) {
  // The server's clock and this machine's may differ; the token's length in time is what counts, and it is 15 minutes.
  const until = Math.min(Date.parse(answer.expiresAt), Date.now() + 14 * 60_000);
  tokens = {
    access: answer.accessToken,
    until: Math.max(until, Date.now() + 60_000),
    refresh: answer.refreshToken,
    name,
  };
  write(sessionStorage, KEPT, JSON.stringify({ name, refresh: answer.refreshToken, since }));
  await hold(name);
}

/**
 * Like `ask`, signed in. A token that was refused once is renewed once; then the session is over.
 * @param {string} text
 * @param {Record<string, unknown>} [variables]
 * @param {AskOptions} [options]
 * @returns {Promise<any>}
 */
export async function query(text, variables = {}, options = {}) {
  try {
    return await ask(text, variables, { token, ...options });
  } catch (trouble) {
    if (kindOf(trouble) === "ended") end();
    throw trouble;
  }
}

/** @type {() => Promise<void>} */
let proveAgain = async () => {};

/**
 * What asks for a fresh sign-in: the screen's dialog, which is built on this module.
 * @param {() => Promise<void>} asking
 */
export function proveWith(asking) {
  proveAgain = asking;
}

/**
 * A mutation named `answer` in `text`. With an intent it carries a key and may be sent again; without, it may not.
 * @param {string} text
 * @param {Record<string, unknown>} input
 * @param {import("../shared/graphql.js").Intent | null} intent
 */
export async function change(text, input, intent = null) {
  const given = intent ? { ...input, idempotencyKey: intent.keyFor(input) } : input;
  let data = await query(text, { input: given }, { patient: intent !== null });
  if (data.answer.__typename === "FreshSignInNeeded") {
    await proveAgain();
    data = await query(text, { input: given }, { patient: intent !== null });
  }
  intent?.settled();
  return success(data.answer);
}

export async function learn() {
  const data = await query(WHO);
  if (data.viewer?.__typename !== "StaffMember") {
    end();
    throw new Trouble("ended");
  }
  Object.assign(who, data);
}

export async function signOut() {
  let told = true;
  try {
    await ask("mutation { signOut }", {}, { token, patient: false, renew: false });
  } catch {
    told = false;
  }
  forget();
  return told;
}

// The server ended it. What was being looked at stays in the address, so that signing in leads back there.
export function end() {
  if (!tokens) return;
  const person = who.viewer?.id ?? null;
  forget();
  for (const listener of endings) listener(person);
}

function forget() {
  tokens = null;
  release?.();
  release = null;
  held = null;
  who.viewer = null;
  try {
    sessionStorage.removeItem(KEPT);
    sessionStorage.removeItem(DRAFTS);
  } catch {
    /* Nothing was kept. */
  }
}

/** @type {string | null} */
let held = null;
/** @type {(() => void) | null} */
let release = null;

/** @param {string} name */
async function hold(name) {
  if (!navigator.locks || held === name) return true;
  release?.();
  // The page before a reload may take a moment to let go, and on a slow machine two seconds.
  for (let attempt = 0; attempt < 60; attempt += 1) {
    if (await seize(`${KEPT}.${name}`)) {
      held = name;
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/**
 * @param {string} lock
 * @returns {Promise<boolean>}
 */
function seize(lock) {
  return new Promise((resolve) => {
    navigator.locks.request(lock, { ifAvailable: true }, (granted) => {
      resolve(granted !== null);
      /** @type {Promise<void> | undefined} */
      const kept = granted ? new Promise((letGo) => (release = letGo)) : undefined;
      return kept;
    });
  });
}

/**
 * @param {Storage} storage
 * @param {string} key
 */
function read(storage, key) {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
}

/**
 * @param {Storage} storage
 * @param {string} key
 * @param {string} value
 */
function write(storage, key, value) {
  try {
    storage.setItem(key, value);
  } catch {
    /* A reload will ask for the sign-in again. */
  }
}
