// What stands in for the browser in these tests: a server that answers in turn, and time that does not pass.

import { webcrypto } from "node:crypto";

/** @typedef {{ status?: number, body?: unknown } | Error} Answer */
/** @typedef {{ url: string, query: string, variables: any, headers: Record<string, string>, signal: AbortSignal | null }} Question */

/**
 * A server that gives these answers one after the other, the last one for ever. The list of questions fills by itself.
 * @param {...Answer} answers
 */
export function server(...answers) {
  /** @type {Question[]} */
  const questions = [];
  globalThis.fetch = async (url, options = {}) => {
    const { query, variables } = JSON.parse(String(options.body));
    const headers = /** @type {Record<string, string>} */ (options.headers);
    questions.push({ url: String(url), query, variables, headers, signal: options.signal ?? null });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (!answer || answer instanceof Error) throw answer ?? new Error("no answer was prepared");
    options.signal?.throwIfAborted();
    return Response.json(answer.body ?? {}, { status: answer.status ?? 200 });
  };
  return questions;
}

/**
 * Every wait is over at once, and noted in milliseconds.
 * @returns {number[]}
 */
export function noTime() {
  /** @type {number[]} */
  const waits = [];
  const fake = (/** @type {() => void} */ work, /** @type {number} */ milliseconds = 0) => {
    waits.push(milliseconds);
    return setImmediate(work);
  };
  globalThis.setTimeout = /** @type {any} */ (fake);
  globalThis.clearTimeout = /** @type {any} */ (clearImmediate);
  return waits;
}

/** A storage as a tab has it. */
export class Kept {
  /** @type {Map<string, string>} */
  #kept = new Map();
  /** @param {string} key */
  getItem(key) {
    return this.#kept.get(key) ?? null;
  }
  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    this.#kept.set(key, value);
  }
  /** @param {string} key */
  removeItem(key) {
    this.#kept.delete(key);
  }
}

/**
 * Sets what a browser has and Node has not, or has otherwise.
 * @param {Record<string, unknown>} values
 */
export function browserHas(values) {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}

// Every browser has it; Node 18 has it under another name.
if (!("crypto" in globalThis)) browserHas({ crypto: webcrypto });
