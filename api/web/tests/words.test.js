// Every sentence stands in both languages with the same places for names, and somebody says it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import englishFirst from "../staff_screen/words_en.js";
import spanishFirst from "../staff_screen/words_es.js";
import englishLater from "../staff_screen/words_later_en.js";
import spanishLater from "../staff_screen/words_later_es.js";
import audit from "../staff_screen/words_audit.js";
import externalIds from "../staff_screen/words_external_ids.js";
import erasable from "../staff_screen/words_erasable.js";
import followUp from "../staff_screen/words_follow_up.js";
import source from "../staff_screen/words_source_status.js";
import { wordFor, WORDS } from "../elements/parts/words.js";

/** @type {Record<string, string>} */
const english = { ...englishFirst, ...englishLater };
/** @type {Record<string, string>} */
const spanish = { ...spanishFirst, ...spanishLater };

/** @param {string} path */
const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const SCHEMA = readFileSync(at("../../schema.graphql"), "utf8");

// What can go wrong, besides a refusal.
const KINDS = ["offline", "ended", "forbidden", "input", "busy", "broken"];

/**
 * What is said stands in quotes; the value of a property (`name: "kind"`) is no word.
 * @param {string} text
 */
const quotedIn = (text) =>
  new Set([...text.replace(/[\w"-]+:\s*"\w+"/g, "").matchAll(/["'](\w+)["']/g)].map(([, word]) => word));

/**
 * The text of a folder's scripts, without the words themselves.
 * @param {string} folder
 */
const sources = (folder) =>
  readdirSync(at(folder))
    .filter((name) => name.endsWith(".js") && !name.startsWith("words_") && name !== "words.js")
    .map((name) => readFileSync(at(`${folder}/${name}`), "utf8"))
    .join("\n");

/** @param {string} name */
const members = (name) => {
  const body = new RegExp(`^enum ${name} \\{([^}]*)\\}`, "m").exec(SCHEMA)?.[1];
  assert.ok(body, `the schema has an enum ${name}`);
  return body.replace(/"""[^]*?"""|"[^"\n]*"/g, "").match(/\w+/g) ?? [];
};

// As in clinic/single_sign_on/errors.py, and what the throttle says on the same way.
const WHY_NOT_AT_PROVIDER = [
  ...["NO_PROVIDER", "PROVIDER_AWAY", "PROVIDER_REFUSED", "CANCELLED", "START_AGAIN", "NOT_KNOWN", "INVITED"],
  ...["NOT_PROVEN", "TOO_MANY_ATTEMPTS"],
];

const REFUSALS = [...SCHEMA.matchAll(/^type (\w+) implements UserError\b/gm)].map(([, name]) => name);

/** @param {string} sentence */
const places = (sentence) => (sentence.match(/\{\w+\}/g) ?? []).sort();

/**
 * @param {Record<string, string>} one
 * @param {Record<string, string>} other
 */
function sayTheSame(one, other) {
  assert.deepEqual(Object.keys(other).sort(), Object.keys(one).sort());
  for (const [key, sentence] of Object.entries(one)) {
    assert.deepEqual(places(other[key] ?? ""), places(sentence), key);
    assert.notEqual(other[key]?.trim(), "", key);
  }
}

test("the screen, the icon and the audit say the same in both languages", () => {
  sayTheSame(english, spanish);
  sayTheSame(audit.en, audit.es);
  sayTheSame(erasable.en, erasable.es);
  sayTheSame(externalIds.en, externalIds.es);
  sayTheSame(source.en, source.es);
  sayTheSame(followUp.en, followUp.es);
  sayTheSame(WORDS.en, WORDS.es);
});

test("the screen has no word that nobody says", () => {
  const text = sources("staff_screen");
  const quoted = quotedIn(text);
  const told = new Set([
    ...KINDS,
    ...REFUSALS.map((name) => `refused${name}`),
    ...["PortalState", "ContactKind", "DocumentSharing", "SignatureState", "LetterSender"].flatMap(members),
    ...["INVITATION", "STAFF", "PIN", "TRANSFER"].map((how) => `how${how}`),
    ...members("DocumentKind").map((kind) => `kind${kind}`),
    ...members("Permission").flatMap((name) => [`may${name}`, `may${name}Hint`]),
    ...members("ClosedWay").map((way) => `way${way}`),
    ...members("StaffState").map((state) => `staff${state}`),
    ...members("LetterKind").map((kind) => `letter${kind}`),
    ...members("LetterState").map((state) => `letterIs${state}`),
    ...["ALL", "WAITING", "WRONG"].map((which) => `letters${which}`),
    ...members("DisableReason").map((reason) => `disable${reason}`),
    ...["LIVE_LINK", "OPEN_SIGNATURE", "OPEN_TRANSFER", "SIGNED_DOCUMENTS", "OTHERS_DOCUMENT"].map(
      (reason) => `refusedMustBeKept${reason}`,
    ),
    ...["SAME_RECORD", "ARCHIVED", "RELATED", "BOTH_LINKED", "OPEN_TRANSFER", "BOTH_SIGN"].map(
      (reason) => `refusedMergeBlocked${reason}`,
    ),
    ...["TOO_MANY_ADDRESSES", "TOO_MANY_PHONES"].map((reason) => `refusedMergeBlocked${reason}`),
    ...[
      "REQUESTED_IT",
      "ACCOUNT_TOO_NEW",
      "CREATED_BY_REQUESTER",
      "PERMISSION_FROM_REQUESTER",
      "NO_SECOND_FACTOR",
      "IS_PROGRAM",
      "REQUESTED_BY_PROGRAM",
    ].map((reason) => `refusedSecondPersonNeeded${reason}`),
    ...WHY_NOT_AT_PROVIDER.map((reason) => `refusedProviderSignInRefused${reason}`),
    ...[
      "portal_status_changed",
      "account_registered",
      "document_signed",
      "document_declined",
      "document_completed",
    ].map((event) => `webhookEvent_${event}`),
    ...members("WebhookDisabledWhy").map((why) => `webhookWhy${why}`),
    ...members("WebhookDeliveryState").map((state) => `webhookState${state}`),
    ...members("WebhookFailure").map((failure) => `webhookFailure${failure}`),
    ...["en", "es"],
    // Until when signed documents must be kept, which a refusal says.
    ...["untilDay", "forEver"],
    ...members("DocumentFollowUp").map((reason) => `none${reason}`),
    ...members("PaperSize").map((paper) => `paper${paper}`),
  ]);
  assert.deepEqual(
    Object.keys({ ...english, ...erasable.en, ...externalIds.en, ...source.en, ...followUp.en }).filter(
      (key) => !quoted.has(key) && !told.has(key),
    ),
    [],
  );
});

test("every letter has a name and a state", () => {
  const needed = [
    ...members("LetterKind").map((kind) => `letter${kind}`),
    ...members("LetterState").flatMap((state) => (state === "NONE" ? [] : [`letterIs${state}`])),
  ];
  assert.deepEqual(
    needed.filter((key) => !(key in english)),
    [],
  );
});

test("the icon has no word that nobody says", () => {
  const quoted = quotedIn(sources("elements/parts"));
  const troubles = KINDS.map((kind) => wordFor({ kind, details: {} }));
  const told = new Set([...REFUSALS, ...troubles, ...["PortalState", "PortalAction", "LetterSender"].flatMap(members)]);
  assert.deepEqual(
    Object.keys(WORDS.en).filter((key) => !quoted.has(key) && !told.has(key)),
    [],
  );
});

test("every word that the screen says is there", () => {
  const said = [...sources("staff_screen").matchAll(/\bt\(\s*"(\w+)"/g)].map(([, key]) => key ?? "");
  assert.ok(said.length > 200);
  const whole = { ...english, ...erasable.en, ...externalIds.en, ...source.en, ...followUp.en };
  assert.deepEqual(
    said.filter((key) => !(key in whole)),
    [],
  );
});

test("what the first page says needs no words that are loaded later", () => {
  const first = new Set(["main.js", "calendar.js", "calendar_glance.js", "sign_in.js"]);
  for (const name of first) {
    const text = readFileSync(at(`staff_screen/${name}`), "utf8");
    for (const [, other = ""] of text.matchAll(/^(?:import|export) [^;]*?"\.\/(\w+\.js)";/gm))
      if (other !== "limits.js") first.add(other);
  }
  // What words.js itself says is of refusals that come later.
  const scripts = [...first].filter((name) => !name.startsWith("words"));
  assert.ok(scripts.includes("forms.js") && !scripts.includes("settings.js"), "the first page is what it was");
  const said = quotedIn(scripts.map((name) => readFileSync(at(`staff_screen/${name}`), "utf8")).join("\n"));
  const rooms = [
    "letters",
    "transfers",
    "worklist",
    "account",
    "programs",
    "webhooks",
    "settings",
    "import",
    "staff",
    "erasable",
  ];
  assert.deepEqual(
    [...said, ...rooms].filter((key) => key in englishLater),
    [],
  );
  assert.deepEqual(
    rooms.filter((key) => !(key in englishFirst) || !(key in spanishFirst)),
    [],
  );
});
