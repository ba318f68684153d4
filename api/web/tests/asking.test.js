// The icons' questions: one for all that want to know at the same moment, in the same place and the same language.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { apply, configure, refresh, shown, want } from "../elements/parts/asking.js";
import { noTime, server } from "./fakes.js";

const token = () => "token";

/**
 * An icon without a browser: what it was told is in `told`.
 * @param {string} contactId
 * @param {"en" | "es"} language
 */
function icon(contactId, language = "en") {
  /** @type {unknown[]} */
  const told = [];
  const made = {
    contactId,
    wanted: /** @type {import("../elements/parts/asking.js").Wanted | null} */ (contactId),
    told,
    isConnected: true,
    place: { endpoint: "/graphql", token, language, onEnded: null },
    refresh: () => want(made),
    /** @type {(number | undefined)[]} */
    numbers: [],
    receive(/** @type {unknown} */ contact, /** @type {unknown} */ problem = null, /** @type {number} */ asked = 0) {
      told.push(problem ?? contact);
      made.numbers.push(asked);
    },
  };
  return made;
}

/** @param {...string} ids */
const nodes = (...ids) => ({ body: { data: { nodes: ids.map((id) => ({ id })) } } });

beforeEach(() => {
  noTime();
  shown.clear();
});

test("icons that want to know at once share one question, and two of one contact one id", async () => {
  const questions = server(nodes("a", "b"));
  const icons = [icon("a"), icon("b"), icon("a")];
  await Promise.all(icons.map((one) => want(one)));
  assert.deepEqual(
    questions.map(({ variables }) => variables),
    [{ ids: ["a", "b"] }],
  );
  assert.deepEqual(
    icons.map(({ told }) => told),
    [[{ id: "a" }], [{ id: "b" }], [{ id: "a" }]],
  );
});

test("icons by what another system calls their contacts share one question of their own", async () => {
  const questions = server(nodes("a", "b"), nodes("c"));
  const called = ["1", "2", "1"].map((value) => {
    const made = icon("");
    made.wanted = { system: "urn:ehr", value };
    return made;
  });
  const byId = icon("c");
  await Promise.all([...called, byId].map((one) => want(one)));
  assert.deepEqual(
    questions.map(({ variables }) => variables.ids),
    [
      [
        { system: "urn:ehr", value: "1" },
        { system: "urn:ehr", value: "2" },
      ],
      ["c"],
    ],
  );
  assert.match(questions[0]?.query ?? "", /contactsByExternalId/);
  assert.deepEqual(
    called.map(({ told }) => told),
    [[{ id: "a" }], [{ id: "b" }], [{ id: "a" }]],
  );
  assert.deepEqual(byId.told, [{ id: "c" }]);
});

test("an icon that was given another number meanwhile is not told of the one before", async () => {
  server(nodes("a"));
  const moved = icon("");
  moved.wanted = { system: "urn:ehr", value: "1" };
  const done = want(moved);
  moved.place = { ...moved.place, token: () => ((moved.wanted = { system: "urn:ehr", value: "2" }), "token") };
  await done;
  assert.deepEqual(moved.told, []);
});

test("at most a hundred are asked about at once", async () => {
  const ids = Array.from({ length: 150 }, (_, at) => `c${at}`);
  const questions = server(nodes(...ids.slice(0, 100)), nodes(...ids.slice(100)));
  const icons = ids.map((id) => icon(id));
  await Promise.all(icons.map((one) => want(one)));
  assert.deepEqual(
    questions.map(({ variables }) => variables.ids.length),
    [100, 50],
  );
  assert.deepEqual(icons[149]?.told, [{ id: "c149" }]);
});

test("another language is another question", async () => {
  const questions = server(nodes("a"));
  await Promise.all([want(icon("a", "en")), want(icon("a", "es"))]);
  assert.deepEqual(questions.map(({ headers }) => headers["Accept-Language"]).sort(), ["en", "es"]);
});

test("an icon that is gone, or has nobody to ask, is not asked about", async () => {
  const questions = server(nodes("a"));
  const gone = { ...icon("a"), isConnected: false };
  const nowhere = icon("b");
  nowhere.place = { ...nowhere.place, endpoint: /** @type {any} */ (null) };
  await Promise.all([want(gone), want(nowhere)]);
  assert.equal(questions.length, 0);
  assert.deepEqual([gone.told, nowhere.told], [[], []]);
});

test("what went wrong is told to each icon, and a record that is not there is none", async () => {
  server({ status: 429 });
  const busy = icon("a");
  await want(busy);
  assert.equal(/** @type {any} */ (busy.told[0]).kind, "busy");
  server({ body: { data: { nodes: [null] } } });
  const missing = icon("a");
  await want(missing);
  assert.deepEqual(missing.told, [null]);
});

test("the page asks again for some or for all, and gives what it has read itself", async () => {
  const [one, other] = [icon("a"), icon("b")];
  shown.add(one).add(other);
  const some = server(nodes("b"));
  await refresh(["b"]);
  assert.deepEqual(some[0]?.variables, { ids: ["b"] });
  const all = server(nodes("a", "b"));
  configure({ lang: "en" });
  await refresh();
  assert.deepEqual(all[0]?.variables, { ids: ["a", "b"] });
  apply({ id: "a", portalStatus: null });
  assert.deepEqual(one.told.at(-1), { id: "a", portalStatus: null });
  assert.deepEqual(other.told.at(-1), { id: "b" });
});

test("an answer bears the number of its question, and what the page has just read is newer than both", async () => {
  const one = icon("a");
  shown.add(one);
  server(nodes("a"));
  await want(one);
  await want(one);
  apply({ id: "a", portalStatus: null });
  const [first = 0, second = 0, given = 0] = one.numbers;
  assert.ok(first > 0 && first < second && second < given);
});
