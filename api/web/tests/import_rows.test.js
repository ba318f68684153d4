// What is sent of an imported file at a time, and the refused rows as a file that no spreadsheet runs.

import assert from "node:assert/strict";
import { test } from "node:test";

import { asCsv, batchOf, fileIn, peopleIn } from "../staff_screen/import_rows.js";

/** @param {string} value */
const number = (value) => ({ system: "urn:ehr", value });
const ana = { line: 1, contact: { externalId: number("a") } };
const ida = { line: 2, contact: { externalId: number("i") } };
const kin = {
  line: 3,
  relationship: { externalId: number("r"), client: number("a"), relative: number("i"), kind: "mother" },
};
const visit = {
  line: 4,
  appointment: {
    externalId: number("v"),
    contact: number("a"),
    startsAt: "2026-03-02T15:00Z",
    endsAt: "2026-03-02T16:00Z",
  },
};

test("a file is one line about it and one for each record", () => {
  const text = `${JSON.stringify({ records: "contacts", encoding: "UTF-8", columns: [] })}\n${JSON.stringify(ana)}\n`;
  assert.deepEqual(fileIn(text), { records: "contacts", encoding: "UTF-8", columns: [], lines: [ana] });
});

test("results come by kind, whatever the order of the lines", () => {
  const { input, sent } = batchOf([visit, kin, ana], null);
  assert.deepEqual(sent, [ana, kin, visit]);
  assert.deepEqual(input.contacts, [ana.contact]);
});

test("a preview brings the people along that it has not kept, each once", () => {
  const people = peopleIn([ana, ida, kin, visit]);
  const { input, sent } = batchOf([kin, visit], people);
  assert.deepEqual(
    input.contacts.map(({ externalId }) => externalId.value),
    ["a", "i"],
  );
  assert.deepEqual(sent, [null, null, kin, visit]);
  assert.deepEqual(batchOf([ana, visit], people).sent, [ana, visit]);
});

test("no cell of the refused rows is a formula, and quotes stay in their cell", () => {
  const refused = [{ line: 3, cells: ["=1+1", 'say "hi"', "-5", "extra"], problem: "@field: wrong" }];
  const text = asCsv(["id", "+name", "note"], refused);
  assert.equal(
    text,
    '\ufeff"id","\'+name","note","vestibule problem"\r\n"\'=1+1","say ""hi""","\'-5","extra","3: @field: wrong"\r\n',
  );
});
