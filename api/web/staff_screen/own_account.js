// One's own account: what one may do, second factors, the password, and where one is signed in.

import { Trouble } from "../shared/graphql.js";
import { h } from "../shared/markup.js";
import { newPassword } from "./doors.js";
import { action, facts, notice, section, show } from "./dom.js";
import { FACTORS, factorsSection } from "./factors.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { showAgain } from "./navigate.js";
import { permissionList } from "./permissions.js";
import { change, end, here, query } from "./session.js";
import { moment, t } from "./words.js";

const SESSIONS = "{ mySessions { id startedAt lastSeenAt address agent current } }";
const CHANGE = `mutation ($input: ChangePasswordInput!) { answer: changePassword(input: $input) { __typename ... on UserError { message } } }`;
const END = `mutation ($input: EndSessionInput!) { answer: endSession(input: $input) { __typename ... on UserError { message } } }`;

/** @param {About} about */
export async function view({ signal, settled }) {
  const { viewer } = here();
  /** @type {{ viewer: { factors: import("./factors.js").Factor[] } }} */
  const { viewer: own } = await query(FACTORS, {}, { signal });
  if (viewer.mustAddFactor) {
    if (signal.aborted) return;
    settled();
    show(t("account"), [h("div", { class: "cards" }, factorsSection(own.factors))]);
    return;
  }
  /** @type {{ mySessions: OwnSession[] }} */
  const { mySessions } = await query(SESSIONS, {}, { signal });
  if (signal.aborted) return;
  settled();
  show(t("account"), [
    h(
      "div",
      { class: "cards" },
      section(
        viewer.name,
        facts([
          [t("email"), viewer.email],
          [t("mayDo"), permissionList(viewer.permissions)],
        ]),
      ),
      factorsSection(own.factors),
      section(t("changePassword"), passwordForm(viewer.email)),
      section(t("whereSignedIn"), h("ul", { class: "plain" }, mySessions.map(row))),
    ),
  ]);
}

/** @param {string} email */
function passwordForm(email) {
  // A password manager keeps a password under the name beside it.
  const whose = h("input", { type: "text", name: "-email", value: email, autocomplete: "username", hidden: true });
  const asked = form(
    [
      whose,
      field({
        name: "currentPassword",
        label: t("currentPassword"),
        type: "password",
        required: true,
        maxlength: limits.LONGEST_PASSWORD,
        autocomplete: "current-password",
      }),
      newPassword("newPassword", t("newPassword")),
    ],
    t("changePassword"),
    async ({ currentPassword, newPassword: chosen }) => {
      try {
        await change(CHANGE, { currentPassword, newPassword: chosen });
      } catch (problem) {
        throw isWrong(problem) ? new Trouble("refused", t("wrongPassword"), NEXT_TO_IT()) : problem;
      }
      asked.reset();
      notice(t("passwordChanged"));
      await showAgain();
    },
  );
  return asked;
}

/** @param {unknown} problem */
const isWrong = (problem) => problem instanceof Trouble && problem.details.type === "WrongCredentials";
const NEXT_TO_IT = () => ({ fields: [{ path: "currentPassword", message: t("wrongPassword") }] });

/** @type {[word: string, name: string][]} */
const BROWSERS = [
  ["Edg", "Edge"],
  ["Firefox", "Firefox"],
  ["Chrome", "Chrome"],
  ["Safari", "Safari"],
];
/** @type {[word: string, name: string][]} */
const SYSTEMS = [
  ["Windows", "Windows"],
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Android", "Android"],
  ["Mac", "Mac"],
  ["Linux", "Linux"],
];

/**
 * What people call it, such as "Firefox, Windows"; what is no browser is shown as it names itself.
 * @param {string} agent
 */
function deviceName(agent) {
  const [browser, system] = [BROWSERS, SYSTEMS].map((known) => known.find(([word]) => agent.includes(word))?.[1]);
  return browser && system ? `${browser}, ${system}` : agent || t("unknownDevice");
}

/** @param {OwnSession} session */
function row({ id, startedAt, lastSeenAt, address, agent, current }) {
  const device = deviceName(agent);
  const since = t("signedInSince", { since: moment(startedAt), seen: moment(lastSeenAt) });
  return h(
    "li",
    {},
    h("p", {}, device, " ", current && h("span", { class: "mark good" }, t("thisOne"))),
    h("p", { class: "soft" }, since, address && ` · ${address}`),
    action(
      t(current ? "signOut" : "endSession"),
      async () => {
        await change(END, { sessionId: id });
        if (current) {
          end();
          return;
        }
        notice(t("sessionIsEnded"));
        await showAgain();
      },
      { label: `${t(current ? "signOut" : "endSession")}: ${device}, ${moment(startedAt)}` },
    ),
  );
}
