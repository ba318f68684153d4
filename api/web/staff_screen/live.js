// What changes while one looks: graphql-transport-ws, and looking again every few seconds where there is no socket.
// A message only says that something changed; the views ask for what they show, with their own rights.

import { pause } from "../shared/graphql.js";
import { learn, token } from "./session.js";

const POLL = 10_000;
// A network that went away says nothing, to a browser least of all: a beat that nobody answers ends the line.
const BEAT = 10_000;
// As many contacts as the server listens for by name; beyond that it tells of all, and the rest is passed over here.
const BY_NAME = 200;
const SUBSCRIPTIONS = {
  status: "subscription ($ids: [ID!]) { portalStatusChanged(contactIds: $ids) { id } }",
  documents: "subscription ($ids: [ID!]) { documentChanged(contactIds: $ids) { id } }",
  appointments: "subscription ($ids: [ID!]) { appointmentsChanged(contactIds: $ids) { id } }",
};

// Every view shows what is said of the practice, so it is heard of as long as the line is open.
const PRACTICE = "subscription { organizationChanged { id } }";
const PRACTICE_ID = "practice";
let practiceChanged = () => {};

/** @param {() => void} listener */
export const onPractice = (listener) => {
  practiceChanged = listener;
};

/**
 * What the present view looks at, and what it does when something of it changed; null when that is not known.
 * `planned` is called when an appointment of anybody changed, with the person; null when that is not known.
 * @typedef {{ ids: string[], changed: (ids: string[] | null) => void, planned: ((id: string | null) => void) | null }} Watched
 */

/** @type {WebSocket | null} */
let socket = null;
/** @type {AbortController | null} */
let running = null;
let ready = false;
/** @type {Watched | null} */
let watched = null;
let number = 0;
/** @type {Map<string, string>} */
const names = new Map();
/** @type {Set<string>} */
const unknown = new Set();

export function beginLive() {
  endLive();
  running = new AbortController();
  keep(running.signal);
  poll(running.signal);
}

export function endLive() {
  running?.abort(new DOMException("ended", "AbortError"));
  running = null;
  stopWatching();
  socket?.close(1000);
  socket = null;
}

/**
 * Calls `changed(ids)` when something about these contacts changed; `ids` is null when that is not known. The last
 * call counts: one view is looked at at a time.
 * @param {string[]} ids
 * @param {Watched["changed"]} changed
 * @param {Watched["planned"]} [planned]
 */
export function watch(ids, changed, planned = null) {
  stopWatching();
  watched = { ids: [...new Set(ids)], changed, planned };
  subscribe();
}

export function stopWatching() {
  if (watched && ready) for (const id of names.keys()) send({ id, type: "complete" });
  names.clear();
  watched = null;
}

// What the present view looks at; null for nothing.
export const watching = () => watched;

export const isLive = () => ready;

/** @param {AbortSignal} signal */
async function keep(signal) {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    const began = Date.now();
    try {
      await connectOnce(signal);
    } catch {
      if (signal.aborted) return;
    }
    ready = false;
    before = true;
    if (Date.now() - began > 30_000) attempt = 0;
    // Jitter, so that fifty screens do not come back in the same instant after a restart.
    await pause(Math.min(30_000, 500 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random()), signal).catch(() => {});
  }
}

/** @param {AbortSignal} signal */
async function connectOnce(signal) {
  const bearer = await token();
  // Signed out meanwhile, or begun anew.
  if (signal.aborted) return;
  const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`;
  await new Promise((_resolve, reject) => {
    const opened = new WebSocket(address, "graphql-transport-ws");
    socket = opened;
    let heard = true;
    const beat = setInterval(() => {
      if (!heard) return lose("silent");
      heard = false;
      if (opened.readyState === WebSocket.OPEN) opened.send(JSON.stringify({ type: "ping" }));
    }, BEAT);
    /** @param {string} why */
    const lose = (why) => {
      clearInterval(beat);
      signal.removeEventListener("abort", leave);
      opened.onmessage = opened.onclose = null;
      opened.close(1000);
      reject(new Error(why));
    };
    const leave = () => lose("ended");
    signal.addEventListener("abort", leave, { once: true });
    opened.onopen = () =>
      opened.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${bearer}` } }));
    opened.onmessage = (event) => {
      heard = true;
      received(JSON.parse(event.data));
    };
    opened.onclose = ({ code }) => {
      // Refused: the question asked over HTTP finds out whether the session is over, and says so.
      if (code === 4401 || code === 4403) learn().catch(() => {});
      lose("closed");
    };
  });
}

// Whether something may have been missed since the views first asked.
let before = false;

/** @param {{ type: string, id: string, payload?: any }} message */
function received(message) {
  if (message.type === "connection_ack") {
    ready = true;
    names.clear();
    unknown.clear();
    subscribe();
    send({ id: PRACTICE_ID, type: "subscribe", payload: { query: PRACTICE, variables: {} } });
    // Whatever happened while nobody listened is caught up with by asking.
    if (before) missed();
    before = true;
  } else if (message.id === PRACTICE_ID) {
    if (message.type === "next") practiceChanged();
  } else if (message.type === "ping") {
    send({ type: "pong" });
  } else if (message.type === "next" && names.has(message.id)) {
    const data = message.payload?.data;
    if (names.get(message.id) === "appointments") {
      watched?.planned?.(data?.appointmentsChanged?.id ?? null);
      return;
    }
    const id = (data?.portalStatusChanged ?? data?.documentChanged)?.id;
    if (!id) watched?.changed(null);
    else if (watched?.ids.includes(id)) watched.changed([id]);
  } else if (message.type === "error") {
    unknown.add(names.get(message.id) ?? "");
    names.delete(message.id);
  }
}

// Something may have changed that nobody told.
function missed() {
  watched?.changed(null);
  watched?.planned?.(null);
}

function subscribe() {
  if (!ready || !watched) return;
  const some = watched.ids.length > BY_NAME ? null : watched.ids;
  for (const [name, query] of Object.entries(SUBSCRIPTIONS)) {
    const ids = name === "appointments" ? null : some;
    const wanted = name === "appointments" ? watched.planned : watched.ids.length;
    if (unknown.has(name) || !wanted) continue;
    const id = String((number += 1));
    names.set(id, name);
    send({ id, type: "subscribe", payload: { query, variables: { ids } } });
  }
}

/** @param {Record<string, unknown>} message */
function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

/** @param {AbortSignal} signal */
async function poll(signal) {
  while (!signal.aborted) {
    await pause(POLL, signal).catch(() => {});
    if (!signal.aborted && !ready && !document.hidden) missed();
  }
}
