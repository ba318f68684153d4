// The practice's own sign-in in the settings: which provider, and whether passwords go on beside it.

import { kindOf, Trouble } from "../shared/graphql.js";
import { h } from "../shared/markup.js";
import { action, empty, facts, notice, section, trouble } from "./dom.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { showAgain } from "./navigate.js";
import { change, may, query } from "./session.js";
import { t } from "./words.js";

const ERRORS = "__typename ... on UserError { message } ... on InvalidInput { fields { path message } }";
const READ = `query { identityProvider { issuer clientId callbackUrl verifiedDomains } organization { passwordSignIn }
  staffMembers(first: 100, state: [ACTIVE]) { nodes { id name permissions breakGlass } } }`;
const SET = `mutation ($input: SetIdentityProviderInput!) { answer: setIdentityProvider(input: $input) { ${ERRORS} } }`;
const REMOVE = `mutation ($input: RemoveIdentityProviderInput!) { answer: removeIdentityProvider(input: $input) { ${ERRORS} } }`;
const PASSWORDS = `mutation ($input: UpdateOrganizationInput!) { answer: updateOrganization(input: $input) { ${ERRORS} } }`;

/** @typedef {{ issuer: string, clientId: string, callbackUrl: string, verifiedDomains: string[] }} Provider */
/** @typedef {{ id: string, name: string, permissions: string[], breakGlass: boolean | null }} Member */

/**
 * Where the section comes to stand; nothing for those who don't manage integrations.
 * @param {AbortSignal} signal
 */
export function identityProviderPlace(signal) {
  if (!may("MANAGE_INTEGRATIONS")) return null;
  const place = h("div", { "aria-busy": "true" });
  const fill = async () => {
    try {
      place.replaceChildren(await identityProviderSection(signal));
    } catch (problem) {
      if (signal.aborted || kindOf(problem) === "ended") return;
      place.replaceChildren(trouble(problem, fill));
    }
    place.removeAttribute("aria-busy");
  };
  fill();
  return place;
}

/** @param {AbortSignal} signal */
async function identityProviderSection(signal) {
  /** @type {{ identityProvider: Provider | null, organization: { passwordSignIn: boolean }, staffMembers: { nodes: Member[] } }} */
  const { identityProvider, organization, staffMembers } = await query(READ, {}, { signal });
  return section(
    t("provider"),
    h("p", {}, t("providerBody")),
    identityProvider ? facts([[t("callbackUrl"), identityProvider.callbackUrl]]) : empty(t("noProvider")),
    providerForm(identityProvider),
    identityProvider && h("div", { class: "buttons" }, action(t("providerRemove"), remove)),
    identityProvider && may("MANAGE_ORGANIZATION") && passwords(organization.passwordSignIn, staffMembers.nodes),
  );
}

/** @param {Provider | null} saved */
function providerForm(saved) {
  const plain = { autocomplete: "off", autocapitalize: "none", spellcheck: "false" };
  return form(
    [
      field({
        name: "issuer",
        label: t("issuer"),
        hint: t("issuerHint"),
        value: saved?.issuer ?? "",
        required: true,
        maxlength: limits.LONGEST_ISSUER,
        inputmode: "url",
        ...plain,
      }),
      field({
        name: "clientId",
        label: t("clientId"),
        value: saved?.clientId ?? "",
        required: true,
        maxlength: limits.LONGEST_CLIENT_ID,
        ...plain,
      }),
      field({
        name: "clientSecret",
        label: t("clientSecret"),
        ...(saved ? { hint: t("clientSecretHint") } : {}),
        type: "password",
        required: !saved,
        maxlength: limits.LONGEST_CLIENT_SECRET,
        ...plain,
        autocomplete: "new-password",
      }),
      field({
        name: "verifiedDomains",
        label: t("verifiedDomains"),
        hint: t("verifiedDomainsHint"),
        type: "textarea",
        value: (saved?.verifiedDomains ?? []).join("\n"),
        ...plain,
      }),
    ],
    t("providerSave"),
    async ({ issuer, clientId, clientSecret, verifiedDomains }) => {
      const domains = String(verifiedDomains).split(/\s+/).filter(Boolean);
      const secret = clientSecret ? { clientSecret } : {};
      await worded(() => change(SET, { issuer, clientId, verifiedDomains: domains, ...secret }));
      await showAgain();
      notice(t("providerSaved"));
    },
  );
}

async function remove() {
  await worded(() => change(REMOVE, {}));
  await showAgain();
  notice(t("providerRemoved"));
}

/**
 * @param {boolean} allowed
 * @param {Member[]} members
 */
function passwords(allowed, members) {
  const named = members.find(({ breakGlass }) => breakGlass);
  const managers = members.filter(({ permissions }) => permissions.includes("MANAGE_STAFF"));
  const whose = field({
    name: "breakGlassStaffMemberId",
    label: t("breakGlass"),
    hint: t("breakGlassHint"),
    value: named?.id ?? "",
    required: true,
    options: [["", ""], ...managers.map(({ id, name }) => [id, name])],
  });
  if (!allowed) {
    return h(
      "div",
      {},
      h("h3", {}, t("passwords")),
      h("p", {}, t("passwordsOff", { name: named?.name ?? t("unknown") })),
      form([whose], t("breakGlassChange"), ({ breakGlassStaffMemberId }) => setPasswords({ breakGlassStaffMemberId })),
      action(t("passwordsTurnOn"), () => setPasswords({ passwordSignIn: true })),
    );
  }
  return h(
    "div",
    {},
    h("h3", {}, t("passwords")),
    h("p", {}, t("passwordsOn")),
    form(
      [h("p", { class: "hint" }, t("passwordsOffHint")), whose],
      t("passwordsTurnOff"),
      ({ breakGlassStaffMemberId }) => setPasswords({ passwordSignIn: false, breakGlassStaffMemberId }),
    ),
  );
}

/** @param {Record<string, unknown>} input */
async function setPasswords(input) {
  await worded(() => change(PASSWORDS, input));
  await showAgain();
  notice(t("passwordsSaved"));
}

// The server says what is wrong in English only; these fields have words of the screen, in either language.
const WORDED = [
  "wrongProvider_issuer",
  "wrongProvider_clientSecret",
  "wrongProvider_verifiedDomains",
  "wrongProvider_passwordSignIn",
  "wrongProvider_breakGlassStaffMemberId",
];

/** @param {() => Promise<unknown>} work */
async function worded(work) {
  try {
    await work();
  } catch (problem) {
    if (!(problem instanceof Trouble) || !problem.details.fields) throw problem;
    const fields = problem.details.fields.map((/** @type {{ path: string, message: string }} */ { path, message }) => {
      const key = `wrongProvider_${path.split(".")[0]}`;
      return { path, message: WORDED.includes(key) ? t(key) : message };
    });
    const said = fields.map((/** @type {{ message: string }} */ one) => one.message).join(" ");
    throw new Trouble("refused", said, { ...problem.details, type: "", fields });
  }
}
