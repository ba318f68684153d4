// Addresses of the screen: what stands behind the #.

import assert from "node:assert/strict";
import { test } from "node:test";

import { browserHas } from "./fakes.js";
import { address, go, showAddressesBy, showAgain } from "../staff_screen/navigate.js";

test("an address names the view, what it is about, and only what was given", () => {
  assert.equal(address("contacts"), "#/contacts");
  assert.equal(address("contact", {}, "Q29/udGE="), "#/contact/Q29%2FudGE%3D");
  assert.equal(
    address("calendar", { day: "2031-06-02", facility: "", staff: null, as: "glance" }),
    "#/calendar?day=2031-06-02&as=glance",
  );
  assert.equal(address("contacts", { search: "Ocampo & Núñez" }), "#/contacts?search=Ocampo+%26+N%C3%BA%C3%B1ez");
});

test("going where one is shows it anew; going elsewhere changes the address", async () => {
  let shown = 0;
  showAddressesBy(async () => {
    shown += 1;
  });
  browserHas({ location: { hash: "#/contacts?search=a" } });
  go("contacts", { search: "a" });
  assert.deepEqual([location.hash, shown], ["#/contacts?search=a", 1]);
  go("calendar");
  assert.deepEqual([location.hash, shown], ["#/calendar", 1]);
  await showAgain();
  assert.equal(shown, 2);
});
