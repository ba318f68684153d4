// A conflict whose address is a relative's who has access already is no dead end, and another offer would be one.

import assert from "node:assert/strict";
import { test } from "node:test";

import { reachedThrough } from "../staff_screen/reached_through.js";

const MIA = { id: "mia", displayName: "Mia Park" };
const day = "2031-06-09";

/**
 * @param {string | null} email
 * @param {Record<string, unknown>} [other]
 * @returns {any}
 */
const father = (email, other = {}) => ({
  kind: "parent",
  portalAccess: true,
  endsOn: null,
  client: MIA,
  relative: { id: "leo", displayName: "Leo Park", portalStatus: { account: email && { email } } },
  ...other,
});

/** @param {any[]} relationships */
const through = (...relationships) =>
  reachedThrough({ id: "mia", emails: ["Leo.Park@example.com"], relationships }, day).map((one) => one.relative.id);

test("a relative with access and an account at the address reaches the record", () => {
  assert.deepEqual(through(father("leo.park@example.com")), ["leo"]);
  assert.deepEqual(through(father("leo.park@example.com", { endsOn: day })), ["leo"]);
});

test("nobody else does", () => {
  assert.deepEqual(through(father("another@example.com"), father(null)), []);
  assert.deepEqual(through(father("leo.park@example.com", { portalAccess: false })), []);
  assert.deepEqual(through(father("leo.park@example.com", { endsOn: "2031-06-08" })), []);
  assert.deepEqual(through(father("leo.park@example.com", { client: { id: "another", displayName: "" } })), []);
});
