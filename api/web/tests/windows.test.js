// The windows of one browser: who holds the session's lock, what a new window hears, and who goes on when one is gone.

import assert from "node:assert/strict";
import { test } from "node:test";

import { noTime } from "./fakes.js";
import { Windows } from "../staff_screen/windows.js";

noTime();

/** @typedef {import("../staff_screen/windows.js").Said} Said */
/** @typedef {{ name: string, run: () => unknown, given: boolean }} Wish */

// A browser with its locks and its channel, for as many windows as are opened in it.
function browser() {
  /** @type {Wish[]} */
  const wishes = [];
  /** @type {Map<object, (event: { data: Said }) => void>} */
  const listening = new Map();
  const serve = () => {
    for (const wish of wishes) {
      if (wish.given || wishes.some((other) => other.given && other.name === wish.name)) continue;
      wish.given = true;
      Promise.resolve(wish.run()).then(() => drop(wish));
    }
  };
  /** @param {Wish} wish */
  const drop = (wish) => {
    if (wishes.includes(wish)) wishes.splice(wishes.indexOf(wish), 1);
    serve();
  };
  /**
   * @param {(said: Said, window: Windows) => unknown} heard
   */
  const open = (heard = () => {}) => {
    /** @type {Wish[]} */
    const own = [];
    const locks = {
      query: async () => ({ held: wishes.filter(({ given }) => given) }),
      request: async (
        /** @type {string} */ name,
        /** @type {{ signal: AbortSignal }} */ { signal },
        /** @type {() => unknown} */ run,
      ) => {
        const wish = { name, run, given: false };
        wishes.push(wish);
        own.push(wish);
        signal.addEventListener("abort", () => !wish.given && drop(wish));
        queueMicrotask(serve);
      },
    };
    const channel = {
      addEventListener: (/** @type {string} */ _type, /** @type {any} */ listener) => listening.set(channel, listener),
      postMessage: (/** @type {Said} */ data) => {
        for (const [other, listener] of listening)
          if (other !== channel)
            queueMicrotask(() => listening.has(other) && listener({ data: structuredClone(data) }));
      },
    };
    /** @type {Windows} */
    const window = new Windows(/** @type {any} */ ({ locks, channel }), (said) => heard(said, window));
    // The renderer dies: nothing of the page runs any more, and the browser takes its locks back.
    const crash = () => {
      listening.delete(channel);
      for (const wish of own) drop(wish);
    };
    return { window, crash };
  };
  return { open };
}

const tokens = { name: "s", access: "a", until: 1, refresh: "r", since: "" };
/** @type {(said: Said, window: Windows) => unknown} */
const handsOn = (said, window) =>
  said.what === "join" && window.isHolder && window.say({ what: "told", name: "s", tokens });
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a new window is told the tokens by the one that holds the lock", async () => {
  const { open } = browser();
  const first = open(handsOn).window;
  first.stand("s");
  await settled();
  const second = open(handsOn).window;
  assert.equal(await second.only(), "s");
  assert.deepEqual(await second.join("s", { hasOwn: false }), tokens);
  second.stand("s");
  await settled();
  assert.deepEqual([first.isHolder, second.isHolder], [true, false]);
});

test("when the holder closes or crashes, the next window has the lock", async () => {
  const { open } = browser();
  const [first, second, third] = [open(), open(), open()];
  for (const { window } of [first, second, third]) {
    window.stand("s");
    await settled();
  }
  first.window.leave();
  await settled();
  assert.deepEqual([first.window.isHolder, second.window.isHolder], [false, true]);
  second.crash();
  await settled();
  assert.equal(third.window.isHolder, true);
});

test("a reloaded window goes on alone when nobody else has the session, and joins when somebody has", async () => {
  const { open } = browser();
  assert.equal(await open().window.join("s", { hasOwn: true }), "alone");
  const reloaded = open(handsOn).window;
  const holder = browser();
  holder.open(handsOn).window.stand("s");
  await settled();
  assert.deepEqual(await holder.open().window.join("s", { hasOwn: true }), tokens);
  // The page from before the reload still has the lock, and says nothing any more.
  assert.equal(await reloaded.join("s", { hasOwn: true }), null);
  const slow = browser();
  const before = slow.open();
  before.window.stand("s");
  await settled();
  const joining = slow.open().window.join("s", { hasOwn: true });
  before.crash();
  assert.equal(await joining, "alone");
});

test("a window joins nothing where nobody is signed in, two sessions are held, or the session is closed", async () => {
  const none = browser();
  assert.equal(await none.open().window.only(), null);
  assert.equal(await none.open().window.join("s", { hasOwn: false }), null);
  const two = browser();
  for (const name of ["one", "two"]) two.open(handsOn).window.stand(name);
  await settled();
  assert.equal(await two.open().window.only(), null);
  const idle = browser();
  idle.open((said, window) => said.what === "join" && window.say({ what: "closed", name: "s" })).window.stand("s");
  await settled();
  assert.equal(await idle.open().window.join("s", { hasOwn: false }), null);
});

test("without locks a window is alone, as before", async () => {
  const alone = new Windows({ locks: null, channel: null }, () => {});
  assert.equal(await alone.only(), null);
  assert.equal(await alone.join("s", { hasOwn: true }), "alone");
  alone.leave();
  assert.equal(alone.isHolder, false);
});
