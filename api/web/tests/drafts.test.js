// Drafts of documents: found by their writer, and gone when they should be.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Intent } from "../shared/graphql.js";
import { draftOf, forgetDrafts, keepDraft } from "../staff_screen/drafts.js";
import { DRAFTS } from "../staff_screen/session.js";
import { Kept } from "./fakes.js";

const TYPED = {
  title: "Plan",
  kind: "PLAN",
  language: "en",
  isFile: true,
  fileName: "plan.pdf",
  text: "",
  signerIds: ["1"],
  inSequence: false,
  sharing: "NOBODY",
  recipientIds: ["1"],
};

beforeEach(() => {
  globalThis.sessionStorage = /** @type {any} */ (new Kept());
  forgetDrafts();
});

test("a draft is found by who wrote it, at its place, and by nobody else", () => {
  keepDraft("ana", "record", { typed: TYPED });
  assert.deepEqual(draftOf("ana", "record")?.typed, TYPED);
  assert.equal(draftOf("ana", "another record"), null);
  assert.equal(draftOf("ben", "record"), null);
  // Somebody else was here, so it has ended for its writer, too.
  assert.equal(draftOf("ana", "record"), null);
});

test("after a reload what was typed is there, and the file is not", () => {
  const file = /** @type {any} */ ({ name: "plan.pdf" });
  keepDraft("ana", "record", { typed: TYPED, file });
  assert.equal(draftOf("ana", "record")?.file, file);
  forgetDrafts();
  assert.deepEqual(draftOf("ana", "record"), { typed: TYPED });
});

test("after a reload the same document is asked for with the same key, and another one with another", () => {
  const intent = new Intent();
  const key = intent.keyFor(TYPED);
  keepDraft("ana", "record", {
    typed: TYPED,
    sent: { intent: intent.kept, uploadId: null, flattened: false, file: null },
  });
  forgetDrafts();
  const { sent } = draftOf("ana", "record") ?? {};
  assert.equal(new Intent(sent?.intent).keyFor(TYPED), key);
  assert.notEqual(new Intent(sent?.intent).keyFor({ ...TYPED, title: "Another" }), key);
  intent.settled();
  assert.equal(intent.kept, null);
});

test("a draft that has ended leaves nothing in the tab's storage", () => {
  keepDraft("ana", "record", { typed: TYPED });
  keepDraft("ana", "record", null);
  assert.equal(sessionStorage.getItem(DRAFTS), null);
});

test("what somebody else's tab storage holds is not shown", () => {
  sessionStorage.setItem(DRAFTS, JSON.stringify({ person: "ana", drafts: { record: { typed: TYPED } } }));
  assert.equal(draftOf("ben", "record"), null);
});
