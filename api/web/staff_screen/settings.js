// The practice's settings, with a preview of what was typed beside them. For those who manage the organization.

import { h, only } from "../shared/markup.js";
import { notice, show } from "./dom.js";
import { form } from "./forms.js";
import { identityProviderPlace } from "./identity_provider.js";
import { showAgain } from "./navigate.js";
import { change, here, learn, query } from "./session.js";
import { facilityList } from "./settings_facilities.js";
import { fields, worded } from "./settings_fields.js";
import { logoField } from "./settings_logo.js";
import { previewPane } from "./settings_preview.js";
import { setZone, t } from "./words.js";

const READ = `query { organization { name address phone website supportEmail colour discreetName timeZone languages
  relativesEndAtAge ageingWarningDays signingReminders staffIdleMinutes signedRetentionYears paperSize requireStaffSecondFactor allowedOrigins logoUrl
  facilities(includeArchived: true) { id name address phone timeZone archivedAt externalIds { system value } } } }`;
const ERRORS = "__typename ... on UserError { message } ... on InvalidInput { fields { path message } }";
const UPDATE = `mutation ($input: UpdateOrganizationInput!) { answer: updateOrganization(input: $input) { ${ERRORS} } }`;
const TEXTS = [
  "name",
  "address",
  "phone",
  "website",
  "supportEmail",
  "discreetName",
  "timeZone",
  "colour",
  "paperSize",
];

// What was typed and not saved, for the same person only.
/** @type {{ who: string, input: SettingsInput } | null} */
let kept = null;

/** @param {About} about */
export async function view({ signal, settled }) {
  /** @type {{ organization: PracticeSettings }} */
  const { organization } = await query(READ, {}, { signal });
  if (signal.aborted) return;
  settled();
  const me = here().viewer.id;
  const draft = kept?.who === me ? kept.input : {};
  kept = null;
  const preview = previewPane(organization, signal);
  const logo = logoField(organization.logoUrl !== null, draft.logoUploadId, changed);
  const practice = form(fields({ ...organization, ...draft }, logo.element), t("settingsSave"), save);
  const discard = h("button", { type: "button", class: "quiet", onclick: forget }, t("settingsDiscard"));
  only(practice, ".buttons").append(discard);
  const restored = h("p", { class: "said", role: "status" }, Object.keys(draft).length ? t("settingsRestored") : "");
  practice.addEventListener("input", changed);

  /** What differs from what is saved. */
  function typed() {
    const input = differing(practice, organization);
    const sent = logo.chosen();
    return sent === undefined ? input : { ...input, logoUploadId: sent };
  }

  function changed() {
    const input = typed();
    discard.hidden = Object.keys(input).length === 0;
    preview.show(input);
  }

  async function save() {
    await worded(() => change(UPDATE, typed()));
    kept = null;
    removeEventListener("beforeunload", warn);
    await learn();
    setZone(here().organization.timeZone);
    only(document, "#top .brand span").textContent = here().organization.name;
    saved = true;
    await showAgain();
    notice(t("settingsSaved"));
  }
  let saved = false;

  async function forget() {
    saved = true;
    await showAgain();
  }

  /** @param {BeforeUnloadEvent} event */
  function warn(event) {
    if (Object.keys(typed()).length) event.preventDefault();
  }
  addEventListener("beforeunload", warn);
  signal.addEventListener("abort", () => {
    removeEventListener("beforeunload", warn);
    const input = typed();
    if (saved || !Object.keys(input).length) return;
    kept = { who: me, input };
    notice(t("settingsKept"));
  });

  const below = [facilityList(organization.facilities, organization.timeZone), identityProviderPlace(signal)];
  show(t("settingsTitle"), [
    h("p", {}, t("settingsBody")),
    restored,
    h("div", { class: "settings" }, h("div", {}, h("div", { class: "card" }, practice), below), preview.element),
  ]);
  changed();
}

/**
 * @param {HTMLFormElement} element
 * @param {PracticeSettings} before
 */
function differing(element, before) {
  const data = new FormData(element);
  const text = (/** @type {string} */ name) => String(data.get(name) ?? "").replaceAll("\r\n", "\n");
  const age = text("relativesEndAtAge");
  const years = text("signedRetentionYears");
  /** @type {Record<string, unknown>} */
  const now = {
    ...Object.fromEntries(TEXTS.map((name) => [name, text(name)])),
    languages: text("languages").split(" "),
    relativesEndAtAge: age ? Number(age) : null,
    ageingWarningDays: Number(text("ageingWarningDays")),
    signingReminders: data.has("signingReminders"),
    staffIdleMinutes: Number(text("staffIdleMinutes")),
    signedRetentionYears: years ? Number(years) : null,
    requireStaffSecondFactor: data.has("requireStaffSecondFactor"),
    allowedOrigins: text("allowedOrigins").split(/\s+/).filter(Boolean),
  };
  /** @type {Record<string, unknown>} */
  const saved = { ...before };
  return /** @type {SettingsInput} */ (
    Object.fromEntries(Object.entries(now).filter(([name, value]) => String(value) !== String(saved[name])))
  );
}
