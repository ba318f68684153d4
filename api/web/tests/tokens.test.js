// Tokens from an address of the page's own server: one request for all who ask, renewed before the token ends.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { sourceOf } from "../elements/parts/tokens.js";
import { Trouble } from "../shared/graphql.js";

const NOW = { expired: false };
let number = 0;
let clock = 0;
Date.now = () => clock;

/**
 * A server that answers in turn, the last answer for ever, and its source. The list of requests fills by itself.
 * @param {...(Response | Error | object)} answers
 */
function server(...answers) {
  /** @type {RequestInit[]} */
  const requests = [];
  const address = `/token/${(number += 1)}`;
  globalThis.fetch = async (url, options = {}) => {
    assert.equal(url, address);
    requests.push(options);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return answer instanceof Response ? answer : Response.json(answer);
  };
  const source = sourceOf(address);
  assert.ok(source);
  return { requests, source, address };
}

beforeEach(() => {
  clock = 1_000_000;
});

const one = { access_token: "one", token_type: "Bearer", expires_in: 300 };
const two = { ...one, access_token: "two" };

test("all who ask at once and later share one token, asked for by POST", async () => {
  const { requests, source, address } = server(one, two);
  const tokens = await Promise.all(Array.from({ length: 50 }, () => source(NOW)));
  assert.deepEqual(new Set(tokens), new Set(["one"]));
  assert.equal(sourceOf(address), source);
  clock += 269_000;
  assert.equal(await source(NOW), "one");
  assert.equal(requests.length, 1);
  assert.equal(requests[0]?.method, "POST");
  assert.equal(requests[0]?.credentials, "same-origin");
});

test("a token is renewed half a minute before it ends, a short one after half its life", async () => {
  const long = server(one, two);
  await long.source(NOW);
  clock += 270_000;
  assert.equal(await long.source(NOW), "two");
  const short = server({ ...one, expires_in: 20 }, two);
  await short.source(NOW);
  clock += 10_000;
  assert.equal(await short.source(NOW), "two");
});

test("a token that was refused is replaced at once, and for several who were refused once", async () => {
  const { requests, source } = server(one, two);
  await source(NOW);
  const tokens = await Promise.all([source({ expired: true }), source({ expired: true })]);
  assert.deepEqual([tokens, requests.length], [["two", "two"], 2]);
});

test("without a lifetime a token is asked for each time", async () => {
  const { requests, source } = server({ access_token: "one" });
  await source(NOW);
  await source(NOW);
  assert.equal(requests.length, 2);
});

for (const status of [401, 403]) {
  test(`${status} means that nobody is signed in`, async () => {
    assert.equal(await server(new Response("", { status })).source(NOW), null);
  });
}

for (const [answer, kind] of /** @type {[Response | Error | object, string][]} */ ([
  [new TypeError("no connection"), "offline"],
  [new Response("", { status: 503 }), "offline"],
  [new Response("", { status: 429 }), "busy"],
  [new Response("", { status: 404 }), "broken"],
  [new Response("<html>"), "broken"],
  [{ token: "one" }, "broken"],
])) {
  test(`another answer is told as ${kind}, and the next question asks again`, async () => {
    const { source } = server(answer, two);
    await assert.rejects(
      async () => source(NOW),
      (problem) => problem instanceof Trouble && problem.kind === kind,
    );
    assert.equal(await source(NOW), "two");
  });
}

test("a function of the page stays as it is", () => {
  const own = () => "token";
  assert.equal(sourceOf(own), own);
  assert.equal(sourceOf(null), null);
});
