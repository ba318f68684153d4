// Coming back from the practice's own sign-in: into the screen, to the second step, or to what stands in the way.

import { Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { goToProvider, leaveProvider, takeKept, tellOpener } from "./at_provider.js";
import { action, link, show, trouble, waiting } from "./dom.js";
import { stepOf } from "./second_step.js";
import { completeAtProvider, lastOrganization } from "./session.js";
import { closedAccount, secondStepPage } from "./sign_in.js";
import { t } from "./words.js";

/**
 * @param {import("./at_provider.js").ProviderDoor} door
 * @param {() => Promise<void>} enter
 */
export async function providerPage(door, enter) {
  leaveProvider();
  waiting(t("providerTitle"));
  const kept = door.what === "start" ? null : takeKept();
  if (door.what === "start") {
    try {
      await goToProvider(door.value);
    } catch (problem) {
      stopped(problem, door.value);
    }
    return;
  }
  if (!kept) {
    tellOpener(door);
    if (door.what === "token") {
      show(t("providerTitle"), [h("div", { class: "narrow card" }, h("p", {}, t("providerClose")))]);
      close();
      return;
    }
  }
  const organization = kept?.organization ?? lastOrganization();
  if (door.what === "refused" || !kept) {
    stopped(new Trouble("refused", "", { type: "ProviderSignInRefused", reason: door.value }), organization);
    return;
  }
  const { verifier, invitation, hash } = kept;
  history.replaceState(null, "", hash || "#/");
  try {
    await completeAtProvider(organization, { token: door.value, verifier, invitation });
  } catch (problem) {
    const step = stepOf(problem);
    if (step) secondStepPage(step, organization, enter);
    else stopped(closedAccount(problem) ?? problem, organization);
    return;
  }
  await enter();
}

/**
 * @param {unknown} problem
 * @param {string} organization
 */
function stopped(problem, organization) {
  const again = organization && action(t("providerSignIn"), () => goToProvider(organization), { quiet: false });
  show(t("providerTitle"), [
    h(
      "div",
      { class: "narrow card" },
      trouble(problem),
      again && h("div", { class: "buttons" }, again),
      h("p", { class: "after" }, link("#/", t("toSignIn"))),
    ),
  ]);
  only(document, "#main").removeAttribute("aria-busy");
}
