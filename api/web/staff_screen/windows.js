// The windows of one browser share a session. One of them holds the session's lock, and only that one renews its tokens.
// It tells the others over a channel that only pages of this origin hear, and nothing is written down on the way. When its
// window goes, however it went, the browser gives the lock to the next window, which was told the latest tokens.

const CHANNEL = "vestibule.staff.windows";
const LOCK = "vestibule.staff.session.";
// How long a window waits for another one that has the session, and how often it asks.
const PATIENCE = 3_000;
const AGAIN = 250;

/** @typedef {{ name: string, access: string | null, until: number, refresh: string, since: string }} Shared */

/**
 * What one window tells the others of the session with this name: it wants to join, or a new token instead of the one
 * that was refused; the tokens; that it hands none on, or can't renew them now; that somebody signed in, or the session
 * is over, and how; that somebody works, or answered the notice.
 * @typedef {{ name: string } & ({ what: "join" | "closed" | "away" | "begun" | "stays" }
 *   | { what: "renew", refused: string | null } | { what: "told", tokens: Shared }
 *   | { what: "over", how: string } | { what: "active", at: number })} Said
 */

export class Windows {
  /** Whether this window has the lock of its session. */
  isHolder = false;
  #locks;
  #channel;
  /** The session whose lock this window has or waits for. @type {string | null} */
  #name = null;
  #leave = () => {};
  /** @type {Set<(said: Said | null) => void>} */
  #waiting = new Set();

  /**
   * @param {{ locks: LockManager | null, channel: BroadcastChannel | null }} browser
   * @param {(said: Said) => unknown} heard
   */
  constructor({ locks, channel }, heard) {
    this.#locks = locks;
    this.#channel = channel;
    channel?.addEventListener("message", ({ data }) => {
      heard(data);
      this.#wake(data);
    });
  }

  /** @param {Said} said */
  say(said) {
    this.#channel?.postMessage(said);
  }

  /**
   * Takes the session's lock as soon as no other window has it.
   * @param {string} name
   */
  stand(name) {
    if (this.#name === name) return;
    this.leave();
    this.#name = name;
    if (!this.#locks) {
      this.isHolder = true;
      return;
    }
    const left = new AbortController();
    const gone = new Promise((resolve) => left.signal.addEventListener("abort", resolve));
    this.#leave = () => left.abort(new DOMException("left", "AbortError"));
    const granted = () => {
      if (left.signal.aborted) return undefined;
      this.isHolder = true;
      this.#wake(null);
      return gone;
    };
    this.#locks.request(LOCK + name, { signal: left.signal }, granted).catch(() => {});
  }

  leave() {
    this.#leave();
    this.#leave = () => {};
    this.#name = null;
    this.isHolder = false;
  }

  /** The one session that the windows of this browser have; null for none, and for several. */
  async only() {
    if (!this.#locks || !this.#channel) return null;
    const names = await this.#held();
    return names.length === 1 ? (names[0] ?? null) : null;
  }

  /**
   * Whether this window goes on by itself ("alone", it has the lock), with what another window tells, or not at all.
   * @param {string} name
   * @param {{ hasOwn: boolean }} how whether this window has a token of the session itself, from before a reload
   * @returns {Promise<Shared | "alone" | null>}
   */
  async join(name, { hasOwn }) {
    if (hasOwn) this.stand(name);
    for (let waited = 0; waited < PATIENCE && !this.isHolder; waited += AGAIN) {
      if (!hasOwn && !(await this.#held()).includes(name)) return null;
      this.say({ what: "join", name });
      const said = await this.hears(name, ["told", "closed"], AGAIN);
      if (this.isHolder) break;
      if (said?.what === "closed") return null;
      if (said?.what === "told") return said.tokens;
    }
    return this.isHolder ? "alone" : null;
  }

  /**
   * What another window says next of this session; null when it says nothing in time, or this one was given the lock.
   * @param {string} name
   * @param {Said["what"][]} kinds
   * @param {number} patience in milliseconds
   * @returns {Promise<Said | null>}
   */
  hears(name, kinds, patience) {
    return new Promise((resolve) => {
      /** @param {Said | null} said */
      const listener = (said) => {
        if (said && (said.name !== name || !kinds.includes(said.what))) return;
        clearTimeout(late);
        this.#waiting.delete(listener);
        resolve(said);
      };
      const late = setTimeout(() => listener(null), patience);
      this.#waiting.add(listener);
    });
  }

  /** @param {Said | null} said */
  #wake(said) {
    for (const listener of [...this.#waiting]) listener(said);
  }

  async #held() {
    const { held = [] } = (await this.#locks?.query()) ?? {};
    return held.flatMap(({ name = "" }) => (name.startsWith(LOCK) ? [name.slice(LOCK.length)] : []));
  }
}

/** What this browser has for it. Without locks a window is alone; without a channel the others stay alone. */
export const ofThisBrowser = () => {
  const locks = globalThis.navigator?.locks ?? null;
  return { locks, channel: locks && "BroadcastChannel" in globalThis ? new BroadcastChannel(CHANNEL) : null };
};
