// One GraphQL client for the staff screen and the portal icon. It sends a question again while the server can't be
// reached, and once more with a new token where the server refused the last one.

// About seven seconds in all: as long as a restart takes.
export const WAITS = [300, 700, 1200, 2000, 3000];

/**
 * What went wrong. `kind` is one of: offline, ended (the session), refused (an answer of a mutation that a person can
 * act on), forbidden, input, busy, broken.
 */
export class Trouble extends Error {
  /**
   * @param {string} kind
   * @param {string} [message]
   * @param {Record<string, any>} [details]
   */
  constructor(kind, message = "", details = {}) {
    super(message);
    this.kind = kind;
    this.details = details;
  }
}

/**
 * Yields an access token, and a new one where the last was refused.
 * @typedef {(asked: { expired: boolean, refused?: string | null }) => string | null | undefined | Promise<string | null | undefined>} TokenSource
 */

/**
 * Where to ask, as whom, and in which language. Without a token source the question is anybody's.
 * @typedef {object} Place
 * @property {string} endpoint
 * @property {string} language
 * @property {TokenSource | null} token
 * @property {(() => void) | null} [onEnded] called when even a new token is refused
 * @property {(isLost: boolean) => void} [onConnection]
 */

/**
 * The answer's data. `patient`: ask again while the server can't be reached. `renew`: ask once more with a new token.
 * @param {Place} place
 * @param {string} query
 * @param {Record<string, unknown>} [variables]
 * @param {{ patient?: boolean, renew?: boolean, signal?: AbortSignal }} [options]
 * @returns {Promise<any>}
 */
export async function ask(place, query, variables = {}, { patient = true, renew = true, signal } = {}) {
  let bearer = null;
  /** @type {string | null} */
  let refused = null;
  let renewed = false;
  let waits = 0;
  for (;;) {
    try {
      bearer ??= await bearerOf(place, renewed, refused);
      const data = await once(place, bearer, { query, variables }, signal);
      place.onConnection?.(false);
      return data;
    } catch (problem) {
      if (!(problem instanceof Trouble) || signal?.aborted) throw problem;
      if (problem.kind === "ended" && place.token && renew && !renewed) {
        refused = bearer;
        bearer = null;
        renewed = true;
      } else if (problem.kind === "offline") {
        place.onConnection?.(true);
        const wait = WAITS[waits];
        if (!patient || wait === undefined) throw problem;
        waits += 1;
        await pause(wait * (0.75 + Math.random() / 2), signal);
      } else {
        if (problem.kind === "ended") place.onEnded?.();
        throw problem;
      }
    }
  }
}

/**
 * A page that can't fetch a token is offline, as `fetch` says by a TypeError; one that has none is signed out.
 * @param {Place} place
 * @param {boolean} expired
 * @param {string | null} refused the token that was
 */
async function bearerOf({ token }, expired, refused) {
  if (!token) return null;
  let bearer;
  try {
    bearer = await token({ expired, refused });
  } catch (problem) {
    if (problem instanceof Trouble) throw problem;
    throw new Trouble(problem instanceof TypeError ? "offline" : "ended", String(problem));
  }
  if (!bearer) throw new Trouble("ended");
  return bearer;
}

/**
 * @param {Place} place
 * @param {string | null} bearer
 * @param {{ query: string, variables: Record<string, unknown> }} question
 * @param {AbortSignal} [signal]
 */
async function once({ endpoint, language }, bearer, question, signal) {
  let response, answer;
  try {
    response = await fetch(endpoint, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/graphql-response+json",
        "Accept-Language": language,
        ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}),
      },
      signal: signal ?? null,
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      body: JSON.stringify(question),
    });
    answer = await response.json().catch(() => null);
  } catch (problem) {
    if (signal?.aborted) throw problem;
    throw new Trouble("offline", String(problem));
  }
  if (response.status === 401) throw new Trouble("ended");
  if ([502, 503, 504].includes(response.status)) throw new Trouble("offline");
  if (response.status === 429) throw new Trouble("busy");
  if (answer?.errors?.length) throw troubleOf(answer.errors[0]);
  if (!answer?.data) throw new Trouble("broken");
  return answer.data;
}

/** @type {Record<string, string>} */
const KINDS = {
  UNAUTHENTICATED: "ended",
  FORBIDDEN: "forbidden",
  BAD_USER_INPUT: "input",
  RATE_LIMITED: "busy",
  TOO_COMPLEX: "input",
  UNAVAILABLE: "offline",
};

/** @param {{ message: string, extensions?: Record<string, any> }} error */
function troubleOf(error) {
  const { code, ...details } = error.extensions ?? {};
  return new Trouble(KINDS[code] ?? "broken", error.message, { code, ...details });
}

/**
 * The member of a mutation's union: its success, or a refusal that a person can act on.
 * @param {{ __typename: string, message?: string } & Record<string, any>} result
 */
export function success(result) {
  if (result.__typename.endsWith("Success")) return result;
  throw new Trouble("refused", result.message, { type: result.__typename, ...result });
}

/** One key for one intention: the same input asked again has the same key, another input a new one. */
export class Intent {
  /** @type {string | null} */
  #asked = null;
  #key = "";

  /** @param {{ asked: string, key: string } | null} [kept] from before a reload */
  constructor(kept = null) {
    if (kept) [this.#asked, this.#key] = [kept.asked, kept.key];
  }

  /** What a page that is loaded again needs to ask with the same key; null when nothing waits for an answer. */
  get kept() {
    return this.#asked === null ? null : { asked: this.#asked, key: this.#key };
  }

  /** @param {unknown} input */
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

/**
 * Resolves after so many milliseconds; rejects with the signal's reason where that ends first.
 * @param {number} milliseconds
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", leave);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", leave, { once: true });
  });
}

/**
 * The kind of trouble that this is, or nothing where it is a defect.
 * @param {unknown} problem
 */
export const kindOf = (problem) => (problem instanceof Trouble ? problem.kind : null);
