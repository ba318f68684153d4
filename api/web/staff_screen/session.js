// Who is signed in here. The access token lives in this module only. The refresh token is kept in this tab's
// sessionStorage, so that a reload does not sign anybody out; it goes with the tab, and each use replaces it.
// The windows of one browser share the session (windows.js), so that a second one asks for no sign-in. Using a refresh
// token twice ends the session (as theft would): so only the window with the session's lock renews.

import { kindOf, newKey, success, Trouble } from "../shared/graphql.js";
import { lastSwitch, tellSwitch, wasSwitchOf } from "./switch_person.js";
import { ask } from "./transport.js";
import { ofThisBrowser, Windows } from "./windows.js";

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
/** @type {Set<(person: string | null, how: string) => void>} */
const endings = new Set();
const windows = new Windows(ofThisBrowser(), heard);
// How long a window waits for a token of the one that renews, and how often it asks.
const FOR_A_TOKEN = 8_000;
const AGAIN = 1_000;
/** @type {{ viewer: Viewer | null, organization: Organization | null }} */
export const who = { viewer: null, organization: null };

/** The practice, and who is signed in. Only for what is shown to somebody signed in. */
export function here() {
  if (!who.viewer || !who.organization) throw new Trouble("ended");
  return { viewer: who.viewer, organization: who.organization };
}

/** @param {string} permission */
export const may = (permission) => Boolean(who.viewer?.permissions.includes(permission) && !who.viewer.mustAddFactor);
/** @param {(person: string | null, how: string) => void} listener told whose session it was, and how it ended */
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
  take(answer, newKey());
  write(localStorage, `${KEPT}.organization`, organization);
  await learn();
  tell({ what: "begun" });
}

// After a reload, and in a new window: true when the session goes on.
export async function resume() {
  return (await goOn(keptHere())) || goOn(null);
}

const keptHere = () => JSON.parse(read(sessionStorage, KEPT) ?? "null");

/** @param {{ name: string, refresh: string, since: string } | null} kept in this tab, or else the other windows' is taken */
async function goOn(kept) {
  const name = kept?.name ?? (await windows.only());
  if (!name) return false;
  const found = await windows.join(name, { hasOwn: kept !== null });
  const shared = found === "alone" && kept ? { ...kept, access: null, until: 0 } : found;
  if (!shared || shared === "alone") {
    forget();
    return false;
  }
  since = shared.since;
  keep(shared);
  // The person was switched in another window while this one was not there to hear of it.
  if (since !== lastSwitch()) {
    if (found === "alone") await signOut();
    else forget();
    return false;
  }
  try {
    await learn();
  } catch (trouble) {
    if (kindOf(trouble) === "ended") return false;
    throw trouble;
  }
  if (found === "alone") tell({ what: "begun" });
  return true;
}

/**
 * A token that lasts for another half minute at least. `expired`: the last one was refused; `refused`: this one was.
 * @param {{ expired?: boolean, refused?: string | null }} [asked]
 */
export async function token({ expired = false, refused = null } = {}) {
  if (!tokens) throw new Trouble("ended");
  // Another window may have renewed it since.
  const isRefused = expired && (!refused || refused === tokens.access);
  const used = isRefused ? tokens.access : null;
  if (isRefused) tokens.access = null;
  if (isFresh(tokens)) return tokens.access;
  renewing ??= renew(tokens, used).finally(() => {
    renewing = null;
  });
  await renewing;
  return tokens?.access ?? null;
}

/** @param {Tokens} held */
const isFresh = ({ access, until }) => access !== null && until - Date.now() > 30_000;

/**
 * @param {Tokens} held
 * @param {string | null} refused
 */
async function renew({ name }, refused) {
  for (let waited = 0; !windows.isHolder && waited < FOR_A_TOKEN; waited += AGAIN) {
    tell({ what: "renew", refused });
    const said = await windows.hears(name, ["told", "away", "over"], AGAIN);
    if (tokens?.name !== name) throw new Trouble("ended");
    if (said?.what === "away") break;
    if (isFresh(tokens) && tokens.access !== refused) return;
  }
  if (!windows.isHolder) throw new Trouble("offline");
  await renewHere(name);
}

/** @param {string} name */
async function renewHere(name) {
  const query = `mutation ($input: RefreshSessionInput!) { answer: refreshSession(input: $input) { ${SIGN_IN} } }`;
  const { answer } = await ask(query, { input: { refreshToken: tokens?.refresh } }, { patient: false });
  if (answer.__typename === "TooManyAttempts") throw new Trouble("busy", answer.message);
  if (answer.__typename !== "SignInSuccess") {
    end();
    throw new Trouble("ended");
  }
  take(answer, name);
}

/**
 * @param {{ accessToken: string, refreshToken: string, expiresAt: string } & Record<string, any>} answer
 * @param {string} name
 */
function take(answer, name) {
  // The server's clock and this machine's may differ; the token's length in time is what counts, and it is 15 minutes.
  const until = Math.max(Math.min(Date.parse(answer.expiresAt), Date.now() + 14 * 60_000), Date.now() + 60_000);
  keep({ access: answer.accessToken, until, refresh: answer.refreshToken, name });
  handOn();
}

/** @param {Tokens} held */
function keep({ access, until, refresh, name }) {
  tokens = { access, until, refresh, name };
  write(sessionStorage, KEPT, JSON.stringify({ name, refresh, since }));
  windows.stand(name);
}

function handOn() {
  if (tokens) tell({ what: "told", tokens: { ...tokens, since } });
}

// Whether somebody works in this window, so that another one may join.
let isAtWork = () => true;
/** @param {() => boolean} asked */
export const handOnWhile = (asked) => {
  isAtWork = asked;
};

/** @typedef {import("./windows.js").Said} Said */
/** @type {Map<Said["what"], (said: any) => unknown>} */
const listeners = new Map();

/**
 * What the other windows say of this session; and "begun" where there is none here.
 * @param {Said["what"]} what
 * @param {(said: any) => unknown} listener
 */
export const onSaid = (what, listener) => listeners.set(what, listener);

/** @param {Record<string, unknown> & { what: Said["what"] }} said to the other windows of this session */
export function tell(said) {
  if (tokens) windows.say(/** @type {Said} */ ({ ...said, name: tokens.name }));
}

/** @param {Said} said */
function heard(said) {
  if (tokens?.name !== said.name) {
    if (said.what === "begun" && !tokens) listeners.get("begun")?.(said);
  } else if (said.what === "told") {
    if (said.tokens.until >= tokens.until) keep(said.tokens);
  } else if (said.what === "over") {
    over(said.how);
  } else if (said.what === "join" && windows.isHolder) {
    if (isAtWork() && !isOutlived()) handOn();
    else tell({ what: "closed" });
  } else if (said.what === "renew" && windows.isHolder) {
    token({ expired: said.refused !== null, refused: said.refused }).then(handOn, () => tell({ what: "away" }));
  } else {
    listeners.get(said.what)?.(said);
  }
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

/** @param {string} how the other windows learn of it: signedOut, switched, idle */
export async function signOut(how = "signedOut") {
  tell({ what: "over", how });
  let told = true;
  try {
    await ask("mutation { signOut }", {}, { token, patient: false, renew: false });
  } catch {
    told = false;
  }
  forget();
  return told;
}

/** Signs out for another person to sign in here, in every window of this browser. */
export async function switchAway() {
  if (tokens) tellSwitch(tokens.name);
  return signOut("switched");
}

/** After a switch in another window. Where the session is the same, that window tells the server. */
export async function followAway() {
  if (tokens && wasSwitchOf(tokens.name)) forget();
  else await signOut("switched");
}

// The server ended it. What was being looked at stays in the address, so that signing in leads back there.
export function end() {
  tell({ what: "over", how: "ended" });
  over("ended");
}

/** @param {string} how */
function over(how) {
  if (!tokens) return;
  const person = who.viewer?.id ?? null;
  forget();
  for (const listener of endings) listener(person, how);
}

function forget() {
  tokens = null;
  windows.leave();
  who.viewer = null;
  try {
    sessionStorage.removeItem(KEPT);
    sessionStorage.removeItem(DRAFTS);
  } catch {
    /* Nothing was kept. */
  }
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
 * An organization's short name, which has no capitals, as typed by somebody or by their phone.
 * @param {string} typed
 */
export const shortName = (typed) => typed.trim().toLowerCase();

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
