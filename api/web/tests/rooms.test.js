// Which rooms somebody may enter, for every set of permissions: what is not for them is not offered, and its address names
// what is missing.

import assert from "node:assert/strict";
import { test } from "node:test";

import { isRoom, lacking, NEEDS, offered } from "../staff_screen/rooms.js";

const SETS = everySet([
  ...["VIEW_CONTACTS", "MANAGE_CONTACTS", "WEB_PORTAL", "VIEW_AUDIT"],
  ...["MANAGE_STAFF", "MANAGE_ORGANIZATION", "MANAGE_INTEGRATIONS"],
]);

/** @type {[rooms: import("../staff_screen/rooms.js").Room[], needed: string[]][]} */
const FOR = [
  [["staff", "account"], []],
  [["calendar", "contacts", "contact", "worklist", "transfers"], ["VIEW_CONTACTS"]],
  [["audit"], ["VIEW_CONTACTS", "VIEW_AUDIT"]],
  [["letters"], ["VIEW_CONTACTS", "WEB_PORTAL"]],
  [["import"], ["VIEW_CONTACTS", "MANAGE_CONTACTS"]],
  [["erasable"], ["VIEW_CONTACTS", "MANAGE_CONTACTS", "MANAGE_ORGANIZATION"]],
  [["settings"], ["MANAGE_ORGANIZATION"]],
  [["programs", "webhooks"], ["MANAGE_INTEGRATIONS"]],
];

/**
 * @param {string[]} all
 * @returns {string[][]}
 */
function everySet([first, ...rest]) {
  if (first === undefined) return [[]];
  return everySet(rest).flatMap((one) => [one, [first, ...one]]);
}

/** @param {string[]} held */
const holding = (held) => (/** @type {string} */ permission) => held.includes(permission);

test("a room names what is missing to each who may not enter it, and to nobody else", () => {
  assert.equal(SETS.length, 128);
  assert.deepEqual(FOR.flatMap(([rooms]) => rooms).sort(), Object.keys(NEEDS).sort());
  for (const held of SETS)
    for (const [rooms, needed] of FOR)
      for (const room of rooms) {
        const missing = needed.filter((one) => !held.includes(one));
        assert.equal(lacking(room, holding(held)), missing[0] ?? null, `${room} with ${held}`);
      }
});

test("the head offers every room of its own that one may enter, in one order, and no other", () => {
  const head = ["calendar", "contacts", "worklist", "transfers", "staff", "settings", "programs", "webhooks"];
  for (const held of SETS) {
    const open = FOR.filter(([, needed]) => needed.every((one) => held.includes(one))).flatMap(([rooms]) => rooms);
    const expected = head.filter((room) =>
      room === "staff" ? held.includes("MANAGE_STAFF") : open.some((one) => one === room),
    );
    assert.deepEqual(offered(holding(held)), expected, String(held));
  }
});

test("what every object has is no room", () => {
  assert.deepEqual(["calendar", "toString", "constructor", ""].map(isRoom), [true, false, false, false]);
});
