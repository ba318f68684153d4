// One way to the API. What can go wrong has a kind; what was asked twice is done once, by its idempotency key.

import { currentLanguage } from "./words.js";

const ENDPOINT = "/graphql";
// About seven seconds in all: as long as a restart takes.
const WAITS = [300, 700, 1200, 2000, 3000];
const listeners = new Set();
let lost = false;

export class Trouble extends Error {
  // kind: offline, ended, refused, forbidden, input, busy, broken
  constructor(kind, message, details = {}) {
    super(message);
    this.kind = kind;
    this.details = details;
  }
}

export const onConnection = (listener) => listeners.add(listener);

function connection(isLost) {
  if (isLost === lost) return;
  lost = isLost;
  for (const listener of listeners) listener(lost);
}

export const isLost = () => lost;

// `token` answers a bearer token, or null for what anybody may ask.
export async function ask(query, variables, { token = null, again = true, signal } = {}) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await once(query, variables, token && (await token()), signal);
      connection(false);
      return answer;
    } catch (trouble) {
      if (trouble.kind !== "offline" || signal?.aborted) throw trouble;
      connection(true);
      if (!again || attempt >= WAITS.length) throw trouble;
      await pause(WAITS[attempt] * (0.75 + Math.random() / 2), signal);
    }
  }
}

async function once(query, variables, token, signal) {
  const headers = {
    "Content-Type": "application/json",
    Accept: "application/graphql-response+json",
    "Accept-Language": currentLanguage(),
  };
  if (token) headers.Authorization = `Bearer ${token}`;
  let response, answer;
  try {
    response = await fetch(ENDPOINT, {
      method: "POST",
      headers,
      signal,
      credentials: "omit",
      cache: "no-store",
      body: JSON.stringify({ query, variables }),
    });
    answer = await response.json().catch(() => null);
  } catch (problem) {
    if (signal?.aborted) throw problem;
    throw new Trouble("offline", String(problem));
  }
  if (response.status === 401) throw new Trouble("ended", "");
  if ([502, 503, 504].includes(response.status)) throw new Trouble("offline", "");
  if (response.status === 429) throw new Trouble("busy", "");
  if (!answer) throw new Trouble("broken", "");
  if (answer.errors?.length) throw troubleOf(answer.errors[0]);
  return answer.data;
}

const KINDS = {
  UNAUTHENTICATED: "ended",
  FORBIDDEN: "forbidden",
  BAD_USER_INPUT: "input",
  RATE_LIMITED: "busy",
  TOO_COMPLEX: "input",
};

function troubleOf(error) {
  const { code, ...details } = error.extensions ?? {};
  return new Trouble(KINDS[code] ?? "broken", error.message, { code, ...details });
}

// The member of a mutation's union: its success, or a refusal that a person can act on.
export function success(result) {
  if (result.__typename.endsWith("Success")) return result;
  throw new Trouble("refused", result.message, { type: result.__typename, ...result });
}

// One key for one intention: the same input asked again has the same key, another input a new one.
export class Intent {
  #asked = null;
  #key = null;

  keyFor(input) {
    const asked = JSON.stringify(input);
    if (asked !== this.#asked) {
      this.#asked = asked;
      this.#key = newKey();
    }
    return this.#key;
  }

  // The answer came: what is asked from now on is another intention.
  settled() {
    this.#asked = null;
  }
}

export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", leave);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", leave, { once: true });
  });
}
