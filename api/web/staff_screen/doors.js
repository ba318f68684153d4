// The ways in besides signing in: choosing a password by a mailed link, and asking for such a link. The token leaves the
// address as soon as it is read, and goes nowhere but to our own server.

import { success } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { goToProvider, providerAtAddress } from "./at_provider.js";
import { action, link, show } from "./dom.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { providerPage } from "./provider_page.js";
import { stepOf } from "./second_step.js";
import { lastOrganization, shortName, signIn } from "./session.js";
import { secondStepPage, signInPage } from "./sign_in.js";
import { ask } from "./transport.js";
import { t } from "./words.js";

const ERRORS = "__typename ... on UserError { message } ... on PasswordSignInOff { organization }";
const DONE = "organization staffMember { email }";
const CHOOSE = {
  welcome: `mutation ($input: AcceptStaffInvitationInput!) { answer: acceptStaffInvitation(input: $input) { ${ERRORS} ... on AcceptStaffInvitationSuccess { ${DONE} } } }`,
  reset: `mutation ($input: ResetStaffPasswordInput!) { answer: resetStaffPassword(input: $input) { ${ERRORS} ... on ResetStaffPasswordSuccess { ${DONE} } } }`,
};
const FORGOT = `mutation ($input: RequestStaffPasswordResetInput!) { answer: requestStaffPasswordReset(input: $input) { ${ERRORS} ... on InvalidInput { fields { path message } } } }`;

/** @typedef {{ name: "welcome" | "reset", token: string } | { name: "forgot" } | import("./at_provider.js").ProviderDoor} Door */

/** @type {{ name: "welcome" | "reset", token: string } | null} */
let opened = null;

/**
 * The door at the address, if one stands there. A mailed token is taken out of it.
 * @returns {Door | null}
 */
export function doorAtAddress() {
  const provider = providerAtAddress();
  if (provider) return provider;
  const [name = "", token = ""] = location.hash.slice(2).split("?")[0]?.split("/") ?? [];
  if (name === "forgot") return { name };
  if (name !== "welcome" && name !== "reset") return null;
  if (token) {
    opened = { name, token };
    history.replaceState(null, "", `#/${name}`);
  }
  return opened?.name === name ? opened : null;
}

/**
 * @param {Door} door
 * @param {() => Promise<void>} enter
 */
export function doorPage(door, enter) {
  if (door.name === "forgot") forgotPage();
  else if (door.name === "provider") providerPage(door, enter);
  else choosePage(door.name, door.token, enter);
  only(document, "#main").removeAttribute("aria-busy");
}

const toSignIn = () => h("p", { class: "after" }, link("#/", t("toSignIn")));

/**
 * A box for a new password, and a tick that shows what is typed.
 * @param {string} name
 * @param {string} label
 */
export function newPassword(name, label) {
  const box = field({
    name,
    label,
    hint: t("newPasswordHint"),
    type: "password",
    required: true,
    maxlength: limits.LONGEST_PASSWORD,
    autocomplete: "new-password",
  });
  const input = only(box, "input");
  const shown = field({ name: "-show", label: t("showPassword"), type: "checkbox" });
  shown.addEventListener("change", () => {
    input.setAttribute("type", input.getAttribute("type") === "password" ? "text" : "password");
  });
  return [box, shown];
}

/**
 * @param {"welcome" | "reset"} name
 * @param {string} token
 * @param {() => Promise<void>} enter
 */
function choosePage(name, token, enter) {
  const asked = form(newPassword("password", t("newPassword")), t("choosePassword"), async ({ password }) => {
    const data = await ask(CHOOSE[name], { input: { token, password } }, { patient: false });
    if (data.answer.__typename === "PasswordSignInOff" && name === "welcome") {
      joinPage(data.answer.organization, token);
      return;
    }
    const { organization, staffMember } = /** @type {any} */ (success(data.answer));
    opened = null;
    history.replaceState(null, "", "#/");
    try {
      await signIn(organization, staffMember.email, password);
    } catch (problem) {
      const step = stepOf(problem);
      if (step) secondStepPage(step, organization, enter);
      // The link is used up: what is pressed next must be a sign-in, not the link again.
      else signInPage(t("passwordSaved"), organization, enter);
      return;
    }
    await enter();
  });
  show(t(name === "welcome" ? "welcomeTitle" : "resetTitle"), [
    h(
      "div",
      { class: "narrow card" },
      h("p", {}, t(name === "welcome" ? "welcomeBody" : "resetBody")),
      asked,
      toSignIn(),
    ),
  ]);
}

/**
 * The invitation to a practice whose staff have no passwords.
 * @param {string} organization
 * @param {string} token
 */
function joinPage(organization, token) {
  const go = action(t("providerSignIn"), () => goToProvider(organization, token), { quiet: false });
  show(t("welcomeTitle"), [h("div", { class: "narrow card" }, h("p", {}, t("providerJoin")), go)]);
  only(go, "button").focus();
}

function forgotPage() {
  const box = h("div", { class: "narrow card" });
  const asked = form(
    [
      field({
        name: "organization",
        label: t("organization"),
        hint: t("organizationHint"),
        value: lastOrganization(),
        required: true,
        autocomplete: "organization",
        autocapitalize: "none",
        spellcheck: "false",
      }),
      field({ name: "email", label: t("email"), type: "email", required: true, autocomplete: "username" }),
    ],
    t("mailLink"),
    async ({ organization, email }) => {
      const data = await ask(
        FORGOT,
        { input: { organization: shortName(organization), email: email.trim() } },
        { patient: false },
      );
      success(data.answer);
      const said = h("p", { role: "status", tabindex: "-1" }, t("linkMailed"));
      box.replaceChildren(said, toSignIn());
      said.focus();
    },
  );
  box.append(h("p", {}, t("forgotBody")), asked, toSignIn());
  show(t("forgotTitle"), [box]);
}
