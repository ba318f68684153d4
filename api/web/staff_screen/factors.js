// One's own second factors: passkeys, codes from an app, recovery codes.

import { h, only } from "../shared/markup.js";
import { action, dialog, notice, once, section } from "./dom.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { showAgain } from "./navigate.js";
import { canUsePasskeys, makePasskey } from "./passkeys.js";
import { askBrowser } from "./second_step.js";
import { change, here, learn } from "./session.js";
import { moment, t } from "./words.js";

// Each is written out: api/web/operations.py reads them from here.
const ANSWER = "__typename ... on UserError { message }";
const START_PASSKEY = `mutation ($input: StartPasskeyInput!) { answer: startPasskey(input: $input) { ${ANSWER}
  ... on StartPasskeySuccess { challenge options } } }`;
const FINISH_PASSKEY = `mutation ($input: FinishPasskeyInput!) { answer: finishPasskey(input: $input) { ${ANSWER}
  ... on FinishPasskeySuccess { recoveryCodes } } }`;
const START_TOTP = `mutation ($input: StartTotpInput!) { answer: startTotp(input: $input) { ${ANSWER}
  ... on StartTotpSuccess { challenge uri secret qrCode { size path } } } }`;
const FINISH_TOTP = `mutation ($input: FinishTotpInput!) { answer: finishTotp(input: $input) { ${ANSWER}
  ... on FinishTotpSuccess { recoveryCodes } } }`;
const RENEW = `mutation ($input: RenewRecoveryCodesInput!) { answer: renewRecoveryCodes(input: $input) { ${ANSWER}
  ... on RenewRecoveryCodesSuccess { recoveryCodes } } }`;
const REMOVE = `mutation ($input: RemoveFactorInput!) { answer: removeFactor(input: $input) { ${ANSWER} } }`;

/** @typedef {{ id: string, kind: string, name: string, createdAt: string, lastUsedAt: string | null }} Factor */
export const FACTORS = "{ viewer { ... on StaffMember { factors { id kind name createdAt lastUsedAt } } } }";

/** @param {Factor[]} factors */
export function factorsSection(factors) {
  const button = (/** @type {string} */ word, /** @type {() => unknown} */ work) =>
    h("button", { type: "button", class: "quiet", onclick: once(work) }, t(word));
  return section(
    t("secondFactor"),
    here().viewer.mustAddFactor && h("p", { class: "alert", role: "status" }, t("mustAddFactor")),
    h("p", {}, t(factors.length ? "secondFactorBody" : "noSecondFactor")),
    h("ul", { class: "plain" }, factors.map(row)),
    h(
      "div",
      { class: "buttons" },
      canUsePasskeys() && button("addPasskey", addPasskey),
      button(factors.some(({ kind }) => kind === "TOTP") ? "replaceCodes" : "addCodes", addCodes),
      factors.length > 0 && action(t("renewRecoveryCodes"), renew),
    ),
  );
}

/** @param {Factor} factor */
function row({ id, kind, name, createdAt, lastUsedAt }) {
  const called = kind === "PASSKEY" ? t("passkeyCalled", { name }) : t("codesFromApp");
  const used = lastUsedAt ? ` · ${t("factorUsed", { at: moment(lastUsedAt) })}` : "";
  return h(
    "li",
    {},
    h("p", {}, called),
    h("p", { class: "soft" }, t("factorSince", { at: moment(createdAt) }), used),
    h(
      "button",
      {
        type: "button",
        class: "quiet danger",
        "aria-label": t("removeFactorName", { name: called }),
        onclick: () => remove(id, called),
      },
      t("removeFactor"),
    ),
  );
}

/**
 * @param {string} id
 * @param {string} called
 */
function remove(id, called) {
  const box = dialog(t("removeFactorAsk", { name: called }), [
    form(
      [h("p", {}, t("removeFactorBody"))],
      t("removeFactor"),
      async () => {
        await change(REMOVE, { factorId: id });
        box.close();
        notice(t("factorRemoved", { name: called }));
        await showAgain();
      },
      { cancel: () => box.close(), danger: true },
    ),
  ]);
}

function addPasskey() {
  const box = dialog(t("addPasskey"), [
    h("p", {}, t("passkeyBody")),
    h("p", {}, h("strong", {}, t("notShared"))),
    form(
      [
        field({
          name: "name",
          label: t("passkeyName"),
          hint: t("passkeyNameHint"),
          required: true,
          maxlength: limits.LONGEST_FACTOR_NAME,
          autocomplete: "off",
        }),
      ],
      t("makePasskey"),
      async ({ name }) => {
        const { challenge, options } = /** @type {any} */ (await change(START_PASSKEY, {}));
        const response = await askBrowser(() => makePasskey(options));
        await added(box, await change(FINISH_PASSKEY, { challenge, response, name }));
      },
      { cancel: () => box.close() },
    ),
  ]);
  only(box, "input").focus();
}

async function addCodes() {
  const { challenge, secret, qrCode } = /** @type {any} */ (await change(START_TOTP, {}));
  const box = dialog(t("addCodes"), [
    h("p", {}, t("codesBody")),
    drawn(qrCode),
    h("p", {}, t("secretToType"), " ", h("code", { class: "secret" }, secret.match(/.{1,4}/g).join(" "))),
    form(
      [
        field({
          name: "code",
          label: t("firstCode"),
          hint: t("codeHint"),
          required: true,
          maxlength: limits.LONGEST_TYPED_CODE,
          inputmode: "numeric",
          autocomplete: "one-time-code",
        }),
      ],
      t("addTheseCodes"),
      async ({ code }) => added(box, await change(FINISH_TOTP, { challenge, code })),
      { cancel: () => box.close() },
    ),
  ]);
  only(box, "input").focus();
}

/** @param {{ size: number, path: string }} qrCode */
function drawn({ size, path }) {
  const make = (/** @type {string} */ name, /** @type {Record<string, string>} */ properties) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(properties)) element.setAttribute(key, value);
    return element;
  };
  const picture = make("svg", {
    viewBox: `0 0 ${size} ${size}`,
    class: "qr",
    role: "img",
    "aria-label": t("qrCode"),
    "shape-rendering": "crispEdges",
  });
  picture.append(
    make("rect", { width: String(size), height: String(size), fill: "#fff" }),
    make("path", { d: path, fill: "#000" }),
  );
  return picture;
}

/**
 * @param {HTMLDialogElement} box
 * @param {any} answer
 */
async function added(box, { recoveryCodes }) {
  box.close();
  notice(t("factorAdded"));
  const hadTo = here().viewer.mustAddFactor;
  // The codes are shown this once, so a lost network must not come between.
  await learn().catch(() => {});
  // Everything is open now: the screen begins anew, after the codes were kept.
  const goOn = hadTo ? () => location.reload() : () => showAgain();
  if (recoveryCodes.length) showCodes(recoveryCodes, goOn);
  else goOn();
}

async function renew() {
  const { recoveryCodes } = /** @type {any} */ (await change(RENEW, {}));
  showCodes(recoveryCodes, () => showAgain());
}

/**
 * @param {string[]} codes
 * @param {() => unknown} afterwards
 */
function showCodes(codes, afterwards) {
  const box = dialog(
    t("recoveryCodes"),
    [
      h("p", {}, t("recoveryCodesBody")),
      h(
        "ol",
        { class: "codes" },
        codes.map((code) => h("li", {}, h("code", {}, code))),
      ),
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", onclick: () => box.close() }, t("codesKept")),
        action(t("copyCodes"), async () => {
          await navigator.clipboard.writeText(codes.join("\n"));
          notice(t("codesCopied"));
        }),
        h("button", { type: "button", class: "quiet", onclick: () => print() }, t("printCodes")),
      ),
    ],
    { onclose: afterwards },
  );
  box.classList.add("printed");
}
