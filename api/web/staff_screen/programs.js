// Programs of the practice that sign in by themselves: added, changed, given another secret, and disabled.

import { Intent } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { dialog, empty, facts, notice, show } from "./dom.js";
import { inFieldWords } from "./field_words.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { showAgain } from "./navigate.js";
import { PERMISSIONS, permissionList, permissionTicks, ticked } from "./permissions.js";
import { change, query } from "./session.js";
import { moment, t } from "./words.js";

// No program decides who works at the practice, or which programs do.
const OFFERED = PERMISSIONS.filter((name) => !["MANAGE_STAFF", "MANAGE_INTEGRATIONS"].includes(name));
const LIST = `{ serviceAccounts(first: 100) { nodes {
  id clientId name permissions mayActForStaff jwks jwksUrl lastSignedInAt oldSecretEndsAt disabledAt } } }`;
const ERRORS = "__typename ... on UserError { message } ... on InvalidInput { fields { path message } }";
const CREATE = `mutation ($input: CreateServiceAccountInput!) { answer: createServiceAccount(input: $input) {
  ${ERRORS} ... on CreateServiceAccountSuccess { clientSecret serviceAccount { clientId } } } }`;
const UPDATE = `mutation ($input: UpdateServiceAccountInput!) { answer: updateServiceAccount(input: $input) {
  ${ERRORS} ... on UpdateServiceAccountSuccess { clientSecret serviceAccount { clientId } } } }`;
const DISABLE = `mutation ($input: DisableServiceAccountInput!) { answer: disableServiceAccount(input: $input) { __typename ... on UserError { message } } }`;

/** @param {About} about */
export async function view({ signal, settled }) {
  /** @type {{ nodes: ServiceAccount[] }} */
  const { nodes } = (await query(LIST, {}, { signal })).serviceAccounts;
  if (signal.aborted) return;
  settled();
  show(t("programsTitle"), [
    h("p", {}, t("programsBody")),
    nodes.filter(({ disabledAt }) => !disabledAt).length < limits.MOST_SERVICE_ACCOUNTS
      ? h("div", { class: "head" }, h("button", { type: "button", onclick: () => edit() }, t("addProgram")))
      : h("p", { class: "hint" }, t("mostPrograms", { most: limits.MOST_SERVICE_ACCOUNTS })),
    nodes.length ? h("div", { class: "cards" }, nodes.map(card)) : empty(t("noPrograms")),
  ]);
}

// What can be wrong with an input, by its name.
const WORDED = new Map([
  ["permissions", "programWrongPermissions"],
  ["jwks", "programWrongKeys"],
  ["jwksUrl", "programWrongKeysAt"],
  ["mayActForStaff", "programKeysNeeded"],
  ["endOldNow", "programRotatedLately"],
]);

/** @param {ServiceAccount} account */
function card(account) {
  const { name, clientId, permissions, mayActForStaff, jwks, jwksUrl } = account;
  const { lastSignedInAt, oldSecretEndsAt, disabledAt } = account;
  /** @type {[string, Child][]} */
  const rows = [
    [t("programClientId"), h("code", {}, clientId)],
    [t("permissions"), permissionList(permissions)],
  ];
  if (!disabledAt) rows.push([t("programProof"), proof(jwks, jwksUrl)]);
  if (mayActForStaff) rows.push([t("programForStaff"), t("programForStaffYes")]);
  rows.push([t("programLastSeen"), lastSignedInAt ? moment(lastSignedInAt) : t("programNeverSeen")]);
  if (oldSecretEndsAt) rows.push([t("programOldSecretUntil"), moment(oldSecretEndsAt)]);
  if (disabledAt) rows.push([t("disabledSince"), moment(disabledAt)]);
  return h(
    "section",
    { class: "card" },
    h(
      "h2",
      {},
      name,
      " ",
      h("span", { class: `mark ${disabledAt ? "bad" : "good"}` }, t(disabledAt ? "programEnded" : "programOn")),
    ),
    facts(rows),
    disabledAt ? null : h("div", { class: "buttons" }, offers(account)),
  );
}

/**
 * @param {string | null} jwks
 * @param {string | null} jwksUrl
 */
function proof(jwks, jwksUrl) {
  if (jwksUrl) return t("programKeysAt", { url: jwksUrl });
  if (!jwks) return t("programBySecret");
  const ids = JSON.parse(jwks).keys.map((/** @type {{ kid: string }} */ { kid }) => kid);
  return t("programByKeys", { ids: ids.join(", ") });
}

/** @param {ServiceAccount} account */
function offers(account) {
  const { name, jwks, jwksUrl } = account;
  return [
    button("changeProgram", name, () => edit(account)),
    jwks || jwksUrl ? null : button("rotateProgram", name, () => rotate(account)),
    button("disableProgram", name, () => disable(account), "danger"),
  ];
}

/**
 * @param {string} word
 * @param {string} name
 * @param {() => void} onclick
 * @param {string} kind
 */
const button = (word, name, onclick, kind = "") =>
  h(
    "button",
    { type: "button", class: `quiet ${kind}`, "aria-label": t("ofProgram", { what: t(word), name }), onclick },
    t(word),
  );

/** @param {ServiceAccount} [account] none: a new one */
function edit(account) {
  const intent = new Intent();
  const box = dialog(t(account ? "changeProgram" : "addProgram"), [
    form(
      [
        field({
          name: "name",
          label: t("programName"),
          required: true,
          autocomplete: "off",
          value: account?.name ?? "",
        }),
        permissionTicks(account?.permissions ?? [], OFFERED),
        field({
          name: "jwks",
          label: t("programKeys"),
          hint: t(account ? "programKeysHintChange" : "programKeysHint"),
          type: "textarea",
          maxlength: limits.LONGEST_JWKS,
        }),
        field({
          name: "jwksUrl",
          label: t("programKeysAddress"),
          hint: t("programKeysAddressHint"),
          type: "url",
          maxlength: limits.LONGEST_JWKS_URL,
          autocomplete: "off",
        }),
        field({
          name: "mayActForStaff",
          label: t("programForStaff"),
          hint: t("programForStaffHint"),
          type: "checkbox",
          value: account?.mayActForStaff ?? false,
        }),
      ],
      t(account ? "save" : "addProgram"),
      async (typed) => {
        const given = {
          name: typed.name,
          permissions: ticked(typed),
          mayActForStaff: Boolean(typed.mayActForStaff),
          ...(typed.jwks ? { jwks: typed.jwks } : {}),
          ...(typed.jwksUrl ? { jwksUrl: typed.jwksUrl } : {}),
        };
        const { clientSecret, serviceAccount } = account
          ? await inFieldWords(change(UPDATE, { serviceAccountId: account.id, ...given }), WORDED)
          : await inFieldWords(change(CREATE, given, intent), WORDED);
        box.close();
        await showAgain();
        if (account) notice(t("programSaved"));
        else shownOnce(serviceAccount.clientId, clientSecret);
      },
      { cancel: () => box.close() },
    ),
  ]);
  only(box, "input").focus();
}

/** @param {ServiceAccount} account */
function rotate({ id, name }) {
  const box = dialog(t("rotateProgram"), [
    h("p", {}, name),
    h("p", {}, t("rotateProgramBody")),
    form(
      [field({ name: "endOldNow", label: t("endOldNow"), hint: t("programEndOldHint"), type: "checkbox" })],
      t("rotateProgram"),
      async ({ endOldNow }) => {
        const given = { serviceAccountId: id, newSecret: true, endOldNow: Boolean(endOldNow) };
        const { clientSecret, serviceAccount } = await inFieldWords(change(UPDATE, given), WORDED);
        box.close();
        await showAgain();
        shownOnce(serviceAccount.clientId, clientSecret);
      },
      { cancel: () => box.close() },
    ),
  ]);
}

/**
 * @param {string} clientId
 * @param {string | null} secret none: the program has keys
 */
function shownOnce(clientId, secret) {
  const box = dialog(t("programAdded"), [
    h("p", {}, t(secret ? "programSecretBody" : "programIdBody")),
    facts([
      [t("programClientId"), h("code", {}, clientId)],
      ...(secret
        ? [/** @type {[string, Child]} */ ([t("programSecret"), h("code", { class: "secret" }, secret)])]
        : []),
    ]),
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => box.close() }, t("secretKept"))),
  ]);
}

/** @param {ServiceAccount} account */
function disable({ id, name }) {
  const box = dialog(t("disableProgramAsk"), [
    h("p", {}, name),
    h("p", {}, t("disableProgramBody")),
    form(
      [],
      t("disableProgram"),
      async () => {
        await change(DISABLE, { serviceAccountId: id });
        box.close();
        notice(t("programIsEnded"));
        await showAgain();
      },
      { cancel: () => box.close(), danger: true },
    ),
  ]);
}
