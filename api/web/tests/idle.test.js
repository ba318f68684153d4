// When the notice of an idle session comes, when the session ends, and when the server must hear of somebody.

import assert from "node:assert/strict";
import { test } from "node:test";

import { browserHas, Kept } from "./fakes.js";

browserHas({ document: { documentElement: {} }, localStorage: new Kept(), navigator: { language: "en-US" } });
const { mustTell, stageAt } = await import("../staff_screen/idle.js");

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const limit = 15 * MINUTE;

test("the notice comes a minute before the end", () => {
  const idle = { last: 0, told: 0, limit };
  assert.equal(stageAt(idle, 14 * MINUTE - 1), "working");
  assert.equal(stageAt(idle, 14 * MINUTE), "notice");
  assert.equal(stageAt(idle, 15 * MINUTE - 1), "notice");
  assert.equal(stageAt(idle, 15 * MINUTE), "over");
});

test("the server hears of the last key after a pause, once", () => {
  const last = 10 * SECOND;
  assert.equal(mustTell({ last, told: 0, limit }, last + 64 * SECOND), false);
  assert.equal(mustTell({ last, told: 0, limit }, last + 65 * SECOND), true);
  assert.equal(mustTell({ last, told: last + 65 * SECOND, limit }, last + 10 * MINUTE), false);
});

test("the server hears now and then of somebody who types without a pause", () => {
  const told = 0;
  assert.equal(mustTell({ last: 5 * MINUTE - 1, told, limit }, 5 * MINUTE - 1), false);
  assert.equal(mustTell({ last: 5 * MINUTE, told, limit }, 5 * MINUTE), true);
  assert.equal(mustTell({ last: 100 * SECOND, told, limit: 5 * MINUTE }, 100 * SECOND), true);
});
