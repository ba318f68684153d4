// How far the signing of a document got, as the record and the worklist say it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { browserHas, Kept } from "./fakes.js";

browserHas({ document: { documentElement: {} }, localStorage: new Kept(), navigator: { language: "en-US" } });
const { setZone, wholeWords } = await import("../staff_screen/words.js");
const { signerWords, stateOf, toFollowUp } = await import("../staff_screen/document_standing.js");
await wholeWords();
setZone("America/Boise");

const DECLINED = { declinedAt: "2031-06-04T18:00:00Z", declineReason: "The dose is wrong." };
const SIGNED = { signedAt: "2031-06-03T18:00:00Z" };

/**
 * @param {string} displayName
 * @param {Partial<Signature>} [what]
 * @returns {Signature}
 */
const signature = (displayName, what = {}) => ({
  ...{ id: displayName, position: 1, signer: { id: displayName, displayName }, relationship: null },
  ...{ signedAt: null, declinedAt: null, declineReason: null },
  ...what,
});

/**
 * @param {Signature[]} signatures
 * @param {Partial<FollowedDocument>} [what]
 * @returns {FollowedDocument}
 */
const made = (signatures, what = {}) => ({
  ...{ id: "1", title: "Plan", createdAt: "2031-06-01T18:00:00Z", sharing: "ALL_AUTHORIZED" },
  ...{ sharedAt: "2031-06-02T18:00:00Z", signatureState: "WAITING", inSequence: false },
  ...{ withdrawnAt: null, supersededBy: null, contact: { id: "2", displayName: "Mia Park" }, signatures },
  ...what,
});

/** @param {FollowedDocument} one */
const listed = (one) => [stateOf(one), ...toFollowUp(one).map((who) => signerWords(one, who))];

test("of a document that waits, those are named who have not signed", () => {
  const both = [signature("Mia Park", SIGNED), signature("Leo Park", { relationship: "parent" })];
  assert.deepEqual(listed(made(both)), ["WAITING", "Leo Park (parent): asked to sign"]);
  const inSequence = made([signature("Mia Park"), signature("Leo Park")], { inSequence: true });
  assert.deepEqual(listed(inSequence).slice(1), ["Mia Park: asked to sign", "Leo Park: waits for the one before"]);
});

test("of a declined one, who declined, when and why", () => {
  const one = made([signature("Mia Park"), signature("Leo Park", DECLINED)], { signatureState: "DECLINED" });
  assert.deepEqual(listed(one), ["DECLINED", "Leo Park: declined on Jun 4, 2031: The dose is wrong."]);
});

test("of one that nobody was asked to sign, that it was not sent", () => {
  const one = made([signature("Mia Park")], { sharing: "NOT_SHARED", sharedAt: null });
  assert.deepEqual(listed(one), ["notSentYet", "Mia Park: Not sent yet"]);
});

test("what all have signed is being sealed, and what was taken back asks nobody", () => {
  assert.equal(stateOf(made([signature("Mia Park", SIGNED)])), "beingSealed");
  const one = made([signature("Mia Park")], { withdrawnAt: "2031-06-05T18:00:00Z" });
  assert.equal(signerWords(one, signature("Mia Park")), "Mia Park: did not sign");
});
