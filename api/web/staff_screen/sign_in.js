// Signing in, and what was said on the way out.

import { Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { link, show } from "./dom.js";
import { field, form } from "./forms.js";
import { signIn } from "./session.js";
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
      try {
        await signIn(typed.organization.trim(), typed.email.trim(), typed.password);
      } catch (problem) {
        throw closedAccount(problem) ?? problem;
      }
      await enter();
    },
  );
  const forgot = h("p", { class: "after" }, link("#/forgot", t("forgot")));
  show(t("signInTitle"), [
    h("div", { class: "narrow card" }, said && h("p", { class: "said", role: "status" }, said), asked, forgot),
  ]);
  only(document, "#main").removeAttribute("aria-busy");
  const first = only(asked, organization ? "[name=email]" : "[name=organization]");
  if (!said) first.focus();
}

/**
 * What somebody with the right password of a closed account is told; null for any other trouble.
 * @param {unknown} problem
 */
function closedAccount(problem) {
  const closed = problem instanceof Trouble ? problem.details.closedAccount : null;
  if (!closed) return null;
  const told = closed.phone ? t("accountClosedCall", closed) : t("accountClosed", closed);
  return new Trouble("refused", told, { type: "" });
}
