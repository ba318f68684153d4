// The second step: a passkey, a code from the app, or a recovery code. The sign-in and the fresh sign-in share it.

import { Trouble } from "../shared/graphql.js";
import { h } from "../shared/markup.js";
import { action } from "./dom.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { canUsePasskeys, usePasskey } from "./passkeys.js";
import { t } from "./words.js";

/** @typedef {{ challenge: string, kinds: string[], passkeyOptions: string | null }} Step */
/** @typedef {{ code?: string, recoveryCode?: string, passkey?: string }} Proof */

/**
 * The step that an answer asks for; null for any other trouble.
 * @param {unknown} problem
 * @returns {Step | null}
 */
export function stepOf(problem) {
  if (!(problem instanceof Trouble) || problem.details.type !== "SecondFactorNeeded") return null;
  const { challenge, kinds, passkeyOptions = null } = problem.details;
  return { challenge, kinds, passkeyOptions };
}

/**
 * What the browser says of a passkey that was not made or used, in words.
 * @param {() => Promise<string>} work
 */
export async function askBrowser(work) {
  try {
    return await work();
  } catch (problem) {
    const known = problem instanceof DOMException && problem.name === "InvalidStateError";
    throw new Trouble("refused", t(known ? "passkeyKnown" : "passkeyNotUsed"), { said: true });
  }
}

/**
 * @param {Step} step
 * @param {(proof: Proof) => Promise<void>} finish
 * @param {{ cancel?: () => void }} [options]
 */
export function secondStep({ kinds, passkeyOptions }, finish, { cancel } = {}) {
  const handedOver = kinds.length === 0;
  const recovery = form(
    [
      field({
        name: "recoveryCode",
        label: t(handedOver ? "handedOverCode" : "recoveryCode"),
        required: true,
        maxlength: limits.LONGEST_TYPED_CODE,
        autocomplete: "off",
        autocapitalize: "characters",
        spellcheck: "false",
      }),
    ],
    t("goOnSignIn"),
    ({ recoveryCode }) => finish({ recoveryCode: String(recoveryCode) }),
    handedOver && cancel ? { cancel } : {},
  );
  if (handedOver) return h("div", {}, h("p", {}, t("handedOverBody")), recovery);
  const withPasskey =
    passkeyOptions !== null &&
    canUsePasskeys() &&
    action(t("usePasskey"), async () => finish({ passkey: await askBrowser(() => usePasskey(passkeyOptions)) }), {
      quiet: false,
    });
  const withCode =
    kinds.includes("TOTP") &&
    form(
      [
        field({
          name: "code",
          label: t("codeFromApp"),
          hint: t("codeHint"),
          required: true,
          maxlength: limits.LONGEST_TYPED_CODE,
          inputmode: "numeric",
          autocomplete: "one-time-code",
        }),
      ],
      t("goOnSignIn"),
      ({ code }) => finish({ code: String(code) }),
      cancel ? { cancel } : {},
    );
  return h(
    "div",
    {},
    h("p", {}, t("secondStepBody")),
    withPasskey && h("div", { class: "buttons" }, withPasskey),
    withCode,
    h("details", {}, h("summary", {}, t("useRecoveryCode")), recovery),
  );
}
