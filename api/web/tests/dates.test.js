// Days and instants at the practice, whatever the machine's own time zone is; and the language of the screen.

import assert from "node:assert/strict";
import { test } from "node:test";

import { browserHas, Kept } from "./fakes.js";

browserHas({ document: { documentElement: {} }, localStorage: new Kept(), navigator: { language: "en-US" } });
const words = await import("../staff_screen/words.js");
const { Trouble } = await import("../shared/graphql.js");
const { beginning, chooseLanguage, currentLanguage, date, moment, nextDay, setZone, t, time, troubleWords } = words;

test("a day begins when it begins at the practice, also when the clocks change", () => {
  setZone("America/New_York");
  assert.equal(beginning("2031-06-02"), "2031-06-02T04:00:00.000Z");
  assert.equal(beginning("2031-01-15"), "2031-01-15T05:00:00.000Z");
  // Spring forward at 2 in the morning, fall back in autumn: midnight before is still the old offset.
  assert.equal(beginning("2031-03-09"), "2031-03-09T05:00:00.000Z");
  assert.equal(beginning("2031-03-10"), "2031-03-10T04:00:00.000Z");
  assert.equal(beginning("2031-11-02"), "2031-11-02T04:00:00.000Z");
  assert.equal(beginning("2031-11-03"), "2031-11-03T05:00:00.000Z");
  setZone("Pacific/Auckland");
  assert.equal(beginning("2031-06-02"), "2031-06-01T12:00:00.000Z");
});

test("a day begins where clocks skip midnight or have it twice", () => {
  // [zone, day, its beginning, that of the next day, hours]
  const days = /** @type {[string, string, string, string, number][]} */ ([
    ["America/Santiago", "2026-09-05", "2026-09-05T04:00:00.000Z", "2026-09-06T04:00:00.000Z", 24],
    ["America/Santiago", "2026-09-06", "2026-09-06T04:00:00.000Z", "2026-09-07T03:00:00.000Z", 23],
    ["America/Santiago", "2026-04-04", "2026-04-04T03:00:00.000Z", "2026-04-05T04:00:00.000Z", 25],
    ["Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00.000Z", "2026-04-24T21:00:00.000Z", 23],
    ["Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00.000Z", "2026-03-29T21:00:00.000Z", 23],
    ["America/Havana", "2026-03-08", "2026-03-08T05:00:00.000Z", "2026-03-09T04:00:00.000Z", 23],
    ["America/Havana", "2026-11-01", "2026-11-01T04:00:00.000Z", "2026-11-02T05:00:00.000Z", 25],
    ["America/New_York", "2026-03-08", "2026-03-08T05:00:00.000Z", "2026-03-09T04:00:00.000Z", 23],
    ["Asia/Kathmandu", "2026-03-08", "2026-03-07T18:15:00.000Z", "2026-03-08T18:15:00.000Z", 24],
  ]);
  for (const [zone, day, begins, ends, hours] of days) {
    setZone(zone);
    assert.equal(beginning(day), begins, `${zone} ${day}`);
    assert.equal(beginning(nextDay(day)), ends, `${zone} ${day}`);
    assert.equal((Date.parse(ends) - Date.parse(begins)) / 3_600_000, hours);
  }
});

test("the days before and after cross months, years and leap days", () => {
  assert.equal(nextDay("2031-12-31"), "2032-01-01");
  assert.equal(nextDay("2032-02-28"), "2032-02-29");
  assert.equal(nextDay("2031-03-01", -1), "2031-02-28");
});

test("a day stays the day it is, and an instant is told as the practice's clock has it", async () => {
  await chooseLanguage("en");
  setZone("America/New_York");
  assert.equal(date("2031-06-02"), "June 2, 2031");
  assert.equal(date("2031-06-02T03:30:00Z", "short"), "Jun 1, 2031");
  assert.equal(date("2031-06-02", "full"), "Monday, June 2, 2031");
  assert.equal(time("2031-06-02T18:05:00Z").replace(/\s/u, " "), "2:05 PM");
  assert.equal(date(null), "--");
  assert.equal(moment(null), "--");
});

test("the language is the one chosen, then the browser's, and it is kept", async () => {
  await chooseLanguage();
  assert.equal(currentLanguage(), "en");
  await chooseLanguage("es-MX");
  assert.equal(currentLanguage(), "es");
  assert.equal(document.documentElement.lang, "es");
  assert.equal(t("cancel"), "Cancelar");
  assert.equal(date("2031-06-02"), "2 de junio de 2031");
  setZone("America/New_York");
  assert.match(time("2031-06-02T18:05:00Z"), /^2:05\sp\.\s?m\.$/u);
  await chooseLanguage();
  assert.equal(currentLanguage(), "es");
  await chooseLanguage("de");
  assert.equal(currentLanguage(), "en");
});

test("a sentence takes its values, and what has no sentence is said by its key", async () => {
  await chooseLanguage("en");
  assert.equal(t("created", { name: "Omar {name} $&" }), "Omar {name} $& is on record.");
  assert.equal(t("created"), " is on record.");
  assert.equal(t("NO_SUCH_STATE"), "NO_SUCH_STATE");
});

test("each trouble has words: ours where there are some, or else the server's", (context) => {
  const { mock } = context.mock.method(console, "error", () => {});
  assert.equal(troubleWords(new Trouble("refused", "As is.", { type: "NotLinked" })), t("refusedNotLinked"));
  assert.equal(troubleWords(new Trouble("refused", "As it is.", { type: "Unheard" })), "As it is.");
  assert.equal(troubleWords(new Trouble("forbidden", "", { permission: "VIEW_AUDIT" })).includes("VIEW_AUDIT"), true);
  assert.equal(mock.callCount(), 0);
  assert.equal(troubleWords(new Error("a defect")), t("broken"));
  assert.equal(mock.callCount(), 1);
});
