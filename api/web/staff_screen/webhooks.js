// Programs that the practice tells of events: added, changed, disabled, with the list of what was delivered.

import { Intent } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { action, dialog, empty, facts, notice, show } from "./dom.js";
import { inFieldWords } from "./field_words.js";
import { field, form } from "./forms.js";
import { identityProviderPlace } from "./identity_provider.js";
import { limits } from "./limits.js";
import { showAgain } from "./navigate.js";
import { change, may, query } from "./session.js";
import { deliveriesOf, eventWords } from "./webhook_deliveries.js";
import { moment, t } from "./words.js";

const EVENTS = [
  "portal_status.changed",
  "account.registered",
  "document.signed",
  "document.declined",
  "document.completed",
];
const LIST = `{ webhookEndpoints(first: 100) { nodes {
  id url events disabledAt disabledWhy failingSince oldSecretEndsAt } } }`;
const ERRORS = "__typename ... on UserError { message } ... on InvalidInput { fields { path message } }";
const CREATE = `mutation ($input: CreateWebhookEndpointInput!) { answer: createWebhookEndpoint(input: $input) {
  ${ERRORS} ... on CreateWebhookEndpointSuccess { secret } } }`;
const UPDATE = `mutation ($input: UpdateWebhookEndpointInput!) { answer: updateWebhookEndpoint(input: $input) { ${ERRORS} } }`;
const DELETE = `mutation ($input: DeleteWebhookEndpointInput!) { answer: deleteWebhookEndpoint(input: $input) { __typename ... on UserError { message } } }`;
const ROTATE = `mutation ($input: RotateWebhookSecretInput!) { answer: rotateWebhookSecret(input: $input) {
  ${ERRORS} ... on RotateWebhookSecretSuccess { secret } } }`;

/** @param {About} about */
export async function view({ signal, settled }) {
  /** @type {{ nodes: WebhookEndpoint[] }} */
  const { nodes } = (await query(LIST, {}, { signal })).webhookEndpoints;
  if (signal.aborted) return;
  settled();
  show(t("webhooksTitle"), [
    h("p", {}, t("webhooksBody")),
    nodes.length < limits.MOST_WEBHOOK_ENDPOINTS
      ? h("div", { class: "head" }, h("button", { type: "button", onclick: () => edit() }, t("addWebhook")))
      : h("p", { class: "hint" }, t("mostWebhooks", { most: limits.MOST_WEBHOOK_ENDPOINTS })),
    nodes.length ? h("div", { class: "cards" }, nodes.map(card)) : empty(t("noWebhooks")),
    // Who manages the practice finds it in the settings.
    !may("MANAGE_ORGANIZATION") && identityProviderPlace(signal),
  ]);
}

// What can be wrong with an input, by its name.
const WORDED = new Map([
  ["url", "webhookWrongUrl"],
  ["events", "webhookWrongEvents"],
  ["endOldNow", "webhookWrongRotation"],
]);

/** @param {WebhookEndpoint} endpoint */
function card(endpoint) {
  const { url, events, disabledAt, disabledWhy, failingSince, oldSecretEndsAt } = endpoint;
  const state = disabledAt ? "bad" : failingSince ? "" : "good";
  const word = disabledAt ? "webhookDisabled" : failingSince ? "webhookFailing" : "webhookOn";
  /** @type {[string, Child][]} */
  const rows = [
    [
      t("webhookEvents"),
      h(
        "ul",
        {},
        events.map((event) => h("li", {}, eventWords(event))),
      ),
    ],
  ];
  if (disabledAt) rows.push([t("disabledSince"), `${moment(disabledAt)} · ${t(`webhookWhy${disabledWhy}`)}`]);
  else if (failingSince) rows.push([t("webhookFailingSince"), moment(failingSince)]);
  if (oldSecretEndsAt) rows.push([t("oldSecretUntil"), moment(oldSecretEndsAt)]);
  return h(
    "section",
    { class: "card" },
    h("h2", {}, url, " ", h("span", { class: `mark ${state}` }, t(word))),
    facts(rows),
    deliveriesOf(endpoint),
    h("div", { class: "buttons" }, offers(endpoint)),
  );
}

/** @param {WebhookEndpoint} endpoint */
function offers(endpoint) {
  const { id, url, disabledAt } = endpoint;
  const able = async () => {
    await change(UPDATE, { webhookEndpointId: id, enabled: Boolean(disabledAt) });
    notice(t(disabledAt ? "webhookIsOn" : "webhookIsOff"));
    await showAgain();
  };
  return [
    button("changeWebhook", url, () => edit(endpoint)),
    action(t(disabledAt ? "enableWebhook" : "disableWebhook"), able, {
      label: t("ofWebhook", { what: t(disabledAt ? "enableWebhook" : "disableWebhook"), url }),
    }),
    button("rotateWebhook", url, () => rotate(endpoint)),
    button("deleteWebhook", url, () => remove(endpoint), "danger"),
  ];
}

/**
 * @param {string} word
 * @param {string} url
 * @param {() => void} onclick
 * @param {string} kind
 */
const button = (word, url, onclick, kind = "") =>
  h(
    "button",
    { type: "button", class: `quiet ${kind}`, "aria-label": t("ofWebhook", { what: t(word), url }), onclick },
    t(word),
  );

/** @param {WebhookEndpoint} [endpoint] none: a new one */
function edit(endpoint) {
  const intent = new Intent();
  const chosen = endpoint?.events ?? EVENTS;
  const box = dialog(t(endpoint ? "changeWebhook" : "addWebhook"), [
    form(
      [
        field({
          name: "url",
          label: t("webhookUrl"),
          hint: t("webhookUrlHint"),
          type: "url",
          required: true,
          maxlength: limits.LONGEST_WEBHOOK_URL,
          autocomplete: "off",
          value: endpoint?.url ?? "",
        }),
        h(
          "fieldset",
          {},
          h("legend", {}, t("webhookEvents")),
          EVENTS.map((event) =>
            field({ name: event, label: eventWords(event), type: "checkbox", value: chosen.includes(event) }),
          ),
        ),
      ],
      t(endpoint ? "save" : "addWebhook"),
      async (typed) => {
        const given = { url: typed.url, events: EVENTS.filter((event) => typed[event]) };
        const answer = /** @type {any} */ (
          endpoint
            ? await inFieldWords(change(UPDATE, { webhookEndpointId: endpoint.id, ...given }), WORDED)
            : await inFieldWords(change(CREATE, given, intent), WORDED)
        );
        box.close();
        await showAgain();
        if (endpoint) notice(t("webhookSaved"));
        else secretOnce(answer.secret);
      },
      { cancel: () => box.close() },
    ),
  ]);
  only(box, "input").focus();
}

/** @param {WebhookEndpoint} endpoint */
function rotate({ id, url }) {
  const box = dialog(t("rotateWebhook"), [
    h("p", {}, url),
    h("p", {}, t("rotateWebhookBody")),
    form(
      [field({ name: "endOldNow", label: t("endOldNow"), hint: t("endOldNowHint"), type: "checkbox" })],
      t("rotateWebhook"),
      async ({ endOldNow }) => {
        const { secret } = await inFieldWords(change(ROTATE, { webhookEndpointId: id, endOldNow }), WORDED);
        box.close();
        await showAgain();
        secretOnce(secret);
      },
      { cancel: () => box.close() },
    ),
  ]);
}

/** @param {string} secret */
function secretOnce(secret) {
  const box = dialog(t("webhookSecret"), [
    h("p", {}, t("webhookSecretBody")),
    h("p", {}, h("code", { class: "secret" }, secret)),
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => box.close() }, t("secretKept"))),
  ]);
}

/** @param {WebhookEndpoint} endpoint */
function remove({ id, url }) {
  const box = dialog(t("deleteWebhookAsk"), [
    h("p", {}, url),
    h("p", {}, t("deleteWebhookBody")),
    form(
      [],
      t("deleteWebhook"),
      async () => {
        await change(DELETE, { webhookEndpointId: id });
        box.close();
        notice(t("webhookDeleted"));
        await showAgain();
      },
      { cancel: () => box.close(), danger: true },
    ),
  ]);
}
