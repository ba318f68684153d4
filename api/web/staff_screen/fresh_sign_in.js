// The fresh sign-in: a dialog over what one is doing. What was typed there stays, and goes on by itself afterwards.

import { success, Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { dialog } from "./dom.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { secondStep, stepOf } from "./second_step.js";
import { here, query } from "./session.js";
import { t } from "./words.js";

const PROVE = `mutation ($input: ReauthenticateInput!) { answer: reauthenticate(input: $input) {
  __typename ... on UserError { message } ... on TooManyAttempts { retryAfterSeconds }
  ... on SecondFactorNeeded { challenge kinds passkeyOptions } } }`;

/** @param {Record<string, string>} input */
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
    const place = h("div");
    const box = dialog(t("freshTitle"), [place], {
      onclose: () => (proven ? resolve() : reject(new Trouble("refused", t("freshLeft"), { said: true }))),
    });
    const cancel = () => box.close();
    const done = () => {
      proven = true;
      box.close();
    };
    // A password manager keeps a password under the name beside it.
    const email = here().viewer.email;
    const whose = h("input", { type: "text", name: "-email", value: email, autocomplete: "username", hidden: true });
    const asked = form(
      [
        whose,
        field({
          name: "password",
          label: t("password"),
          type: "password",
          required: true,
          maxlength: limits.LONGEST_PASSWORD,
          autocomplete: "current-password",
        }),
      ],
      t("goOnSignIn"),
      async ({ password }) => {
        try {
          await prove({ password: String(password) });
          done();
        } catch (problem) {
          const step = stepOf(problem);
          if (step) {
            const next = secondStep(
              step,
              async (proof) => {
                await prove({ challenge: step.challenge, ...proof });
                done();
              },
              { cancel },
            );
            place.replaceChildren(next);
            only(next, "button, input").focus();
            return;
          }
          const wrong = problem instanceof Trouble && problem.details.type === "WrongCredentials";
          throw wrong ? new Trouble("refused", t("wrongPassword"), { said: true }) : problem;
        }
      },
      { cancel },
    );
    place.append(h("p", {}, t("freshBody")), asked);
    only(asked, "[name=password]").focus();
  });
}
