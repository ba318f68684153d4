// The fresh sign-in: a dialog over what one is doing. What was typed there stays, and goes on by itself afterwards.

import { success, Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { optionsAt, proveAtProvider } from "./at_provider.js";
import { action, dialog } from "./dom.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { secondStep, stepOf } from "./second_step.js";
import { here, query } from "./session.js";
import { t } from "./words.js";

const PROVE = `mutation ($input: ReauthenticateInput!) { answer: reauthenticate(input: $input) {
  __typename ... on UserError { message } ... on TooManyAttempts { retryAfterSeconds } ... on ProviderSignInRefused { reason }
  ... on SecondFactorNeeded { challenge kinds passkeyOptions } } }`;

/** @param {Record<string, unknown>} input */
async function prove(input) {
  const data = await query(PROVE, { input }, { patient: false });
  success(data.answer);
}

/**
 * Resolves when the person has proven themselves; rejects when they turned away.
 * @returns {Promise<void>}
 */
export function askForFreshSignIn() {
  return new Promise((resolve, reject) => {
    let proven = false;
    const left = new AbortController();
    const place = h("div");
    const box = dialog(t("freshTitle"), [place], {
      onclose: () => {
        left.abort();
        if (proven) resolve();
        else reject(new Trouble("refused", t("freshLeft"), { said: true }));
      },
    });
    const cancel = () => box.close();
    const done = () => {
      proven = true;
      box.close();
    };
    /** @param {Record<string, unknown>} input */
    const first = async (input) => {
      try {
        await prove(input);
        done();
      } catch (problem) {
        const step = stepOf(problem);
        if (!step) throw problem;
        const proveStep = async (/** @type {import("./second_step.js").Proof} */ proof) => {
          await prove({ challenge: step.challenge, ...proof });
          done();
        };
        const next = secondStep(step, proveStep, { cancel });
        place.replaceChildren(next);
        only(next, "button, input").focus();
      }
    };
    const asked = passwordForm(first, cancel);
    place.append(h("p", {}, t("freshBody")), atProvider(first, left.signal), asked);
    only(asked, "[name=password]").focus();
  });
}

/** @typedef {(input: Record<string, unknown>) => Promise<void>} First */

/**
 * @param {First} first
 * @param {() => void} cancel
 */
function passwordForm(first, cancel) {
  // A password manager keeps a password under the name beside it.
  const email = here().viewer.email;
  const whose = h("input", { type: "text", name: "-email", value: email, autocomplete: "username", hidden: true });
  const box = field({
    name: "password",
    label: t("password"),
    type: "password",
    required: true,
    maxlength: limits.LONGEST_PASSWORD,
    autocomplete: "current-password",
  });
  return form(
    [whose, box],
    t("goOnSignIn"),
    async ({ password }) => {
      try {
        await first({ password: String(password) });
      } catch (problem) {
        const wrong = problem instanceof Trouble && problem.details.type === "WrongCredentials";
        throw wrong ? new Trouble("refused", t("wrongPassword"), { said: true }) : problem;
      }
    },
    { cancel },
  );
}

/**
 * The practice's own sign-in in a window beside this one, offered where the practice has one.
 * @param {First} first
 * @param {AbortSignal} signal
 */
function atProvider(first, signal) {
  const { slug } = here().organization;
  const waits = h("p", { class: "hint", role: "status" });
  const go = action(t("providerProve"), async () => {
    waits.textContent = t("providerProveWait");
    try {
      await first({ provider: await proveAtProvider(slug, signal) });
    } finally {
      waits.textContent = "";
    }
  });
  const box = h("div", { hidden: true }, go, waits);
  optionsAt(slug).then(({ identityProvider }) => {
    box.hidden = !identityProvider;
  });
  return box;
}
