// Who is signed in: one renewal for all questions, a session that ends once, and nothing kept after signing out.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { browserHas, Kept, noTime, server } from "./fakes.js";

const tab = new Kept();
browserHas({ localStorage: new Kept(), sessionStorage: tab, navigator: { language: "en" } });
const {
  change,
  end,
  followAway,
  isSignedIn,
  lastOrganization,
  may,
  onEnded,
  query,
  resume,
  signIn,
  signOut,
  token,
  who,
} = await import("../staff_screen/session.js");
const { Intent, kindOf } = await import("../shared/graphql.js");

const VIEWER = {
  __typename: "StaffMember",
  id: "s",
  name: "Rosa",
  email: "r@example.com",
  permissions: ["WEB_PORTAL"],
};
const WHO = { body: { data: { viewer: VIEWER, organization: { name: "Willow Creek" } } } };
const AT_ALL = { body: { data: { portalTransfers: [] } } };
/** @param {string} name */
const tokens = (name, minutes = 15) => ({
  body: {
    data: {
      answer: {
        __typename: "SignInSuccess",
        accessToken: `${name} access`,
        refreshToken: `${name} refresh`,
        expiresAt: new Date(Date.now() + minutes * 60_000).toISOString(),
      },
    },
  },
});

let endings = 0;
onEnded(() => (endings += 1));

beforeEach(async () => {
  noTime();
  end();
  endings = 0;
  server(tokens("first"), WHO);
  await signIn("willow-creek", "r@example.com", "secret");
});

test("signing in tells who is here, and keeps the refresh token in this tab", () => {
  assert.equal(isSignedIn(), true);
  assert.equal(who.viewer?.name, "Rosa");
  assert.deepEqual([may("WEB_PORTAL"), may("VIEW_AUDIT")], [true, false]);
  assert.equal(lastOrganization(), "willow-creek");
  assert.equal(JSON.parse(tab.getItem("vestibule.staff") ?? "").refresh, "first refresh");
});

test("two questions whose token was refused wait for one new token", async () => {
  assert.equal(await token(), "first access");
  const questions = server(tokens("second"));
  assert.deepEqual(await Promise.all([token({ expired: true }), token()]), ["second access", "second access"]);
  assert.equal(questions.length, 1);
  assert.deepEqual(questions[0]?.variables, { input: { refreshToken: "first refresh" } });
  assert.equal(JSON.parse(tab.getItem("vestibule.staff") ?? "").refresh, "second refresh");
});

test("a refused question is asked again with a new token", async () => {
  const questions = server({ status: 401 }, tokens("second"), AT_ALL);
  assert.deepEqual(await query("{ portalTransfers }"), { portalTransfers: [] });
  assert.equal(questions[2]?.headers["Authorization"], "Bearer second access");
  assert.equal(endings, 0);
});

test("when the session can't be renewed it ends, once", async () => {
  server({ status: 401 }, { body: { data: { answer: { __typename: "InvalidToken", message: "No." } } } });
  await assert.rejects(query("{ portalTransfers }"), (problem) => kindOf(problem) === "ended");
  assert.deepEqual([isSignedIn(), endings], [false, 1]);
  assert.equal(tab.getItem("vestibule.staff"), null);
  assert.equal(may("WEB_PORTAL"), false);
});

test("signing out with a refused token renews nothing and says that the server was not told", async () => {
  const questions = server({ status: 401 });
  assert.equal(await signOut(), false);
  assert.equal(questions.length, 1);
  assert.deepEqual([isSignedIn(), endings, tab.getItem("vestibule.staff")], [false, 0, null]);
});

test("of the windows of one session only the one where the person is switched tells the server", async () => {
  const { name } = JSON.parse(tab.getItem("vestibule.staff") ?? "");
  localStorage.setItem("vestibule.staff.switched", `a-switch ${name}`);
  const questions = server({ status: 401 });
  await followAway();
  assert.equal(questions.length, 0);
  assert.deepEqual([isSignedIn(), tab.getItem("vestibule.staff")], [false, null]);
});

test("a window with a session of its own ends it when the person is switched elsewhere", async () => {
  localStorage.setItem("vestibule.staff.switched", "a-switch another-session");
  const questions = server({ body: { data: { signOut: true } } });
  await followAway();
  assert.equal(questions.length, 1);
  assert.match(questions[0]?.query ?? "", /signOut/);
  assert.equal(isSignedIn(), false);
});

test("a reload goes on with the kept token", async () => {
  const kept = tab.getItem("vestibule.staff") ?? "";
  end();
  assert.equal(await resume(), false);
  tab.setItem("vestibule.staff", kept);
  const questions = server(tokens("second"), WHO);
  assert.equal(await resume(), true);
  assert.deepEqual(questions[0]?.variables, { input: { refreshToken: "first refresh" } });
});

test("a change with an intent is sent again with the same key, and one without is not sent again", async () => {
  const away = new TypeError("no network");
  const done = { body: { data: { answer: { __typename: "CreateContactSuccess" } } } };
  const intent = new Intent();
  const questions = server(away, done);
  await change("mutation { answer: createContact }", { givenName: "Omar" }, intent);
  const keys = questions.map(({ variables }) => variables.input.idempotencyKey);
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  const once = server(away);
  await assert.rejects(change("mutation { answer: updateContact }", {}), (problem) => kindOf(problem) === "offline");
  assert.equal(once.length, 1);
  assert.ok(!("idempotencyKey" in (once[0]?.variables.input ?? {})));
});
