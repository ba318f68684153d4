// A typed day and time of day, as an instant at the practice.

import assert from "node:assert/strict";
import { test } from "node:test";

import { browserHas, Kept } from "./fakes.js";

browserHas({ document: { documentElement: {} }, localStorage: new Kept(), navigator: { language: "en-US" } });
const { setZone } = await import("../staff_screen/words.js");
const { instantOf, later, minutesBetween, typedAs } = await import("../staff_screen/when.js");

test("a time is an instant on the practice's clocks, and back", () => {
  setZone("America/Boise");
  assert.equal(instantOf("2031-06-02", "09:30"), "2031-06-02T15:30:00.000Z");
  assert.equal(instantOf("2031-01-15", "23:59"), "2031-01-16T06:59:00.000Z");
  assert.deepEqual(typedAs("2031-01-16T06:59:00.000Z"), { day: "2031-01-15", time: "23:59" });
  assert.deepEqual(typedAs("2031-06-02T15:30:00+00:00"), { day: "2031-06-02", time: "09:30" });
  assert.equal(later("2031-06-02T15:30:00.000Z", 50), "2031-06-02T16:20:00.000Z");
  assert.equal(minutesBetween("2031-06-02T15:30:00Z", "2031-06-02T16:20:00Z"), 50);
});

test("a time that the clocks skip is none, and of one that comes twice it is the first", () => {
  setZone("America/New_York");
  assert.equal(instantOf("2031-03-09", "01:59"), "2031-03-09T06:59:00.000Z");
  assert.equal(instantOf("2031-03-09", "02:30"), null);
  assert.equal(instantOf("2031-03-09", "03:00"), "2031-03-09T07:00:00.000Z");
  assert.equal(instantOf("2031-11-02", "01:30"), "2031-11-02T05:30:00.000Z");
  assert.equal(instantOf("2031-11-02", "02:00"), "2031-11-02T07:00:00.000Z");
  setZone("America/Santiago");
  assert.equal(instantOf("2026-09-06", "00:30"), null);
  setZone("Asia/Kathmandu");
  assert.equal(instantOf("2031-06-02", "09:30"), "2031-06-02T03:45:00.000Z");
});

test("what is no day or time is none", () => {
  for (const [day, time] of [
    ["", "09:00"],
    ["2031-06-02", ""],
    ["2031-02-30", "25:00"],
  ]) {
    assert.equal(instantOf(String(day), String(time)), null);
  }
});
