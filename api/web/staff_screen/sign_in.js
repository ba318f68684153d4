// Signing in, and what was said on the way out.

import { Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { goToProvider, optionsAt } from "./at_provider.js";
import { action, link, show } from "./dom.js";
import { field, form } from "./forms.js";
import { secondStep, stepOf } from "./second_step.js";
import { completeSignIn, shortName, signIn } from "./session.js";
import { t } from "./words.js";

/**
 * @param {string} said
 * @param {string} organization
 * @param {() => Promise<void>} enter
 */
export function signInPage(said, organization, enter) {
  const asked = form(
    [
      field({
        name: "organization",
        label: t("organization"),
        hint: t("organizationHint"),
        value: organization,
        required: true,
        autocomplete: "organization",
        autocapitalize: "none",
        spellcheck: "false",
      }),
      field({ name: "email", label: t("email"), type: "email", required: true, autocomplete: "username" }),
      field({
        name: "password",
        label: t("password"),
        type: "password",
        required: true,
        autocomplete: "current-password",
      }),
    ],
    t("signIn"),
    async (typed) => {
      const organization = shortName(typed.organization);
      try {
        await signIn(organization, typed.email.trim(), typed.password);
      } catch (problem) {
        const step = stepOf(problem);
        if (!step) throw closedAccount(problem) ?? problem;
        secondStepPage(step, organization, enter);
        return;
      }
      await enter();
    },
  );
  const provider = providerButton(asked, organization);
  const forgot = h("p", { class: "after" }, link("#/forgot", t("forgot")));
  show(t("signInTitle"), [
    h(
      "div",
      { class: "narrow card" },
      said && h("p", { class: "said", role: "status" }, said),
      provider,
      asked,
      forgot,
    ),
  ]);
  only(document, "#main").removeAttribute("aria-busy");
  const first = only(asked, organization ? "[name=email]" : "[name=organization]");
  if (!said) first.focus();
}

/**
 * The way to the practice's own sign-in, shown where the practice that is typed has one.
 * @param {HTMLFormElement} asked
 * @param {string} organization
 */
function providerButton(asked, organization) {
  const input = only(asked, "[name=organization]", HTMLInputElement);
  const go = action(t("providerSignIn"), () => goToProvider(shortName(input.value)), { quiet: false });
  const beside = h("p", {});
  const box = h("div", { class: "provider", hidden: true }, go, beside);
  /** @param {string} slug */
  async function look(slug) {
    const { password, identityProvider } = await optionsAt(slug);
    if (slug !== shortName(input.value)) return;
    box.hidden = !identityProvider;
    beside.textContent = t(password ? "providerOr" : "providerOnly");
  }
  input.addEventListener("change", () => look(shortName(input.value)));
  look(organization);
  return box;
}

/**
 * @param {import("./second_step.js").Step} step
 * @param {string} organization
 * @param {() => Promise<void>} enter
 */
export function secondStepPage(step, organization, enter) {
  const asked = secondStep(step, async (proof) => {
    await completeSignIn(organization, { challenge: step.challenge, ...proof });
    await enter();
  });
  const again = h(
    "button",
    { type: "button", class: "quiet", onclick: () => signInPage("", organization, enter) },
    t("startAgain"),
  );
  show(t("secondStepTitle"), [h("div", { class: "narrow card" }, asked, h("p", { class: "after" }, again))]);
  only(asked, "button, input").focus();
}

/**
 * What somebody with the right password of a closed account is told; null for any other trouble.
 * @param {unknown} problem
 */
export function closedAccount(problem) {
  const closed = problem instanceof Trouble ? problem.details.closedAccount : null;
  if (!closed) return null;
  const told = closed.phone ? t("accountClosedCall", closed) : t("accountClosed", closed);
  return new Trouble("refused", told, { type: "" });
}
