// The client: what it sends, when it asks again, and what it calls each trouble.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { ask, Intent, kindOf, pause, success, Trouble, WAITS } from "../shared/graphql.js";
import { noTime, server } from "./fakes.js";

const AWAY = new TypeError("failed to fetch");
const FOUND = { body: { data: { viewer: "me" } } };
const REFUSED = { status: 401 };
/** @param {string} code */
const failing = (code, more = {}) => ({ body: { errors: [{ message: "No.", extensions: { code, ...more } }] } });

/** @type {number[]} */
let waits;
/** @type {import("../shared/graphql.js").Place} */
let place;
/** @type {string[]} */
let told;

beforeEach(() => {
  waits = noTime();
  told = [];
  place = {
    endpoint: "/graphql",
    language: "es",
    token: ({ expired }) => {
      told.push(expired ? "new token" : "token");
      return expired ? "second" : "first";
    },
    onEnded: () => told.push("ended"),
    onConnection: (isLost) => told.push(isLost ? "lost" : "found"),
  };
});

/** @param {string} kind */
const ofKind = (kind) => (/** @type {unknown} */ problem) => kindOf(problem) === kind;

test("a question carries the token, the language and its variables", async () => {
  const questions = server(FOUND);
  assert.deepEqual(await ask(place, "{ viewer }", { id: 1 }), { viewer: "me" });
  const [question] = questions;
  assert.equal(question?.url, "/graphql");
  assert.deepEqual([question?.query, question?.variables], ["{ viewer }", { id: 1 }]);
  assert.equal(question?.headers["Authorization"], "Bearer first");
  assert.equal(question?.headers["Accept-Language"], "es");
  assert.deepEqual(told, ["token", "found"]);
});

test("what anybody may ask carries no token", async () => {
  const questions = server(FOUND);
  await ask({ ...place, token: null }, "{ viewer }");
  assert.ok(!("Authorization" in (questions[0]?.headers ?? {})));
});

test("while the server can't be reached it is asked again, later each time, with the same token", async () => {
  const questions = server(AWAY, { status: 502 }, { status: 503 }, FOUND);
  assert.deepEqual(await ask(place, "{ viewer }"), { viewer: "me" });
  assert.equal(questions.length, 4);
  assert.deepEqual(told, ["token", "lost", "lost", "lost", "found"]);
  assert.equal(waits.length, 3);
  for (const [at, wait] of waits.entries()) {
    const usual = WAITS[at] ?? 0;
    assert.ok(wait >= usual * 0.75 && wait <= usual * 1.25, `${wait} is about ${usual}`);
  }
});

test("a server that stays away is given up after every wait, and at once where asking twice would do harm", async () => {
  const patient = server(AWAY);
  await assert.rejects(ask(place, "{ viewer }"), ofKind("offline"));
  assert.equal(patient.length, WAITS.length + 1);
  const impatient = server(AWAY);
  await assert.rejects(ask(place, "{ viewer }", {}, { patient: false }), ofKind("offline"));
  assert.equal(impatient.length, 1);
});

test("a refused token is renewed once", async () => {
  const questions = server(REFUSED, FOUND);
  assert.deepEqual(await ask(place, "{ viewer }"), { viewer: "me" });
  assert.deepEqual(told, ["token", "new token", "found"]);
  assert.equal(questions[1]?.headers["Authorization"], "Bearer second");
});

test("when the new token is refused too, the session is over and the page is told", async () => {
  const questions = server(REFUSED);
  await assert.rejects(ask(place, "{ viewer }"), ofKind("ended"));
  assert.equal(questions.length, 2);
  assert.deepEqual(told, ["token", "new token", "ended"]);
});

test("where no new token is wanted, a refused one ends it", async () => {
  const questions = server(failing("UNAUTHENTICATED"));
  await assert.rejects(ask(place, "{ viewer }", {}, { renew: false }), ofKind("ended"));
  assert.equal(questions.length, 1);
});

test("a page without a token is signed out, and one that can't fetch a token is offline", async () => {
  const questions = server(FOUND);
  await assert.rejects(ask({ ...place, token: () => null }, "{ viewer }"), ofKind("ended"));
  await assert.rejects(ask({ ...place, token: () => Promise.reject(new Error("no")) }, "{ viewer }"), ofKind("ended"));
  let fetched = 0;
  const unsteady = () => (++fetched < 3 ? Promise.reject(new TypeError("no network")) : "late");
  assert.equal(questions.length, 0);
  assert.deepEqual(await ask({ ...place, token: unsteady }, "{ viewer }"), { viewer: "me" });
  assert.equal(questions[0]?.headers["Authorization"], "Bearer late");
});

test("each code has its kind, and its details come along", async () => {
  const kinds = { FORBIDDEN: "forbidden", BAD_USER_INPUT: "input", TOO_COMPLEX: "input", RATE_LIMITED: "busy" };
  for (const [code, kind] of Object.entries({ ...kinds, INTERNAL: "broken" })) {
    const questions = server(failing(code, { permission: "WEB_PORTAL" }));
    await assert.rejects(ask(place, "{ viewer }"), (problem) => {
      assert.ok(problem instanceof Trouble);
      assert.deepEqual([problem.kind, problem.message], [kind, "No."], code);
      assert.deepEqual(problem.details, { code, permission: "WEB_PORTAL" });
      return true;
    });
    assert.equal(questions.length, 1, code);
  }
  server({ status: 429 });
  await assert.rejects(ask(place, "{ viewer }"), ofKind("busy"));
  server({ body: {} });
  await assert.rejects(ask(place, "{ viewer }"), ofKind("broken"));
});

test("a question that is left is not asked again", async () => {
  const leaving = new AbortController();
  leaving.abort(new DOMException("left", "AbortError"));
  const questions = server(FOUND);
  await assert.rejects(ask(place, "{ viewer }", {}, { signal: leaving.signal }), { name: "AbortError" });
  assert.equal(questions.length, 1);
});

test("a wait is over when what it belongs to is left", async () => {
  const leaving = new AbortController();
  const waiting = pause(1_000, leaving.signal);
  leaving.abort(new DOMException("left", "AbortError"));
  await assert.rejects(waiting, { name: "AbortError" });
  await pause(1_000, new AbortController().signal);
  assert.deepEqual(waits, [1_000, 1_000]);
});

test("one intention has one key until its answer has come", () => {
  const intent = new Intent();
  const key = intent.keyFor({ contactId: "a" });
  assert.match(key, /^[0-9a-f]{32}$/);
  assert.equal(intent.keyFor({ contactId: "a" }), key);
  const other = intent.keyFor({ contactId: "b" });
  assert.notEqual(other, key);
  intent.settled();
  assert.notEqual(intent.keyFor({ contactId: "b" }), other);
});

test("a mutation's answer is its success, or a refusal with the server's words", () => {
  const done = { __typename: "UpdateContactSuccess", contact: { id: "a" } };
  assert.equal(success(done), done);
  assert.throws(
    () => success({ __typename: "NotLinked", message: "There is no link." }),
    (problem) => problem instanceof Trouble && problem.kind === "refused" && problem.details["type"] === "NotLinked",
  );
});
