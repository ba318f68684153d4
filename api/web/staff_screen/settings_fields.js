// The fields of the practice's settings, in the order in which they are read.

import { Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { link } from "./dom.js";
import { mayErase } from "./erasable.js";
import { field } from "./forms.js";
import { limits } from "./limits.js";
import { t } from "./words.js";

/** @type {Paper[]} */
export const PAPERS = ["LETTER", "A4"];

/**
 * @param {PracticeSettings} values
 * @param {HTMLElement} logo
 */
export const fields = (values, logo) => [
  h("h2", {}, t("settingsPractice")),
  ...practiceFields(values),
  paperField(values.paperSize),
  h("h2", {}, t("settingsLook")),
  colourField(values.colour),
  logo,
  h("h2", {}, t("settingsRules")),
  ...ruleFields(values),
  h("h2", {}, t("settingsPages")),
  originsField(values.allowedOrigins),
];

/** @param {Paper} value */
const paperField = (value) =>
  field({
    name: "paperSize",
    label: t("paperSize"),
    hint: t("paperSizeHint"),
    value,
    options: PAPERS.map((paper) => [paper, t(`paper${paper}`)]),
  });

/** @param {PracticeSettings} values */
function practiceFields(values) {
  const most = limits.MOST_ADDRESS_LINES;
  const line = { autocomplete: "off", maxlength: limits.LONGEST_NAME };
  return [
    field({ name: "name", label: t("practiceName"), value: values.name, required: true, ...line }),
    field({
      name: "address",
      label: t("postalAddress"),
      type: "textarea",
      hint: t("postalAddressHint", { most }),
      value: values.address,
      rows: String(most),
    }),
    field({
      name: "phone",
      label: t("practicePhone"),
      type: "tel",
      hint: t("practicePhoneHint"),
      value: values.phone,
      ...line,
      maxlength: limits.LONGEST_PHONE,
    }),
    field({
      name: "website",
      label: t("website"),
      hint: t("websiteHint"),
      value: values.website,
      ...line,
      maxlength: limits.LONGEST_LINE,
    }),
    field({
      name: "supportEmail",
      label: t("supportEmail"),
      type: "email",
      hint: t("supportEmailHint"),
      value: values.supportEmail,
      ...line,
      maxlength: limits.LONGEST_EMAIL,
    }),
    field({
      name: "discreetName",
      label: t("discreetName"),
      hint: t("discreetNameHint"),
      value: values.discreetName,
      required: true,
      ...line,
    }),
    zoneField(t("timeZoneHint"), values.timeZone, true),
    field({
      name: "languages",
      label: t("languages"),
      value: values.languages.join(" "),
      options: [
        ["en es", t("languagesEnEs")],
        ["es en", t("languagesEsEn")],
        ["en", t("languagesEn")],
        ["es", t("languagesEs")],
      ],
    }),
  ];
}

/** @param {string[]} origins */
const originsField = (origins) =>
  field({
    name: "allowedOrigins",
    label: t("allowedOrigins"),
    hint: t("allowedOriginsHint", { most: limits.MOST_ORIGINS }),
    type: "textarea",
    value: origins.join("\n"),
    autocomplete: "off",
    spellcheck: "false",
  });

/** @param {PracticeSettings} values */
function ruleFields(values) {
  return [
    field({
      name: "relativesEndAtAge",
      label: t("endAtAge"),
      hint: t("endAtAgeHint"),
      value: values.relativesEndAtAge === null ? "" : String(values.relativesEndAtAge),
      options: [["", t("never")], ...["12", "13", "18"].map((age) => [age, age])],
    }),
    number("ageingWarningDays", t("ageingDays"), values.ageingWarningDays, 0, limits.MOST_WARNING_DAYS),
    field({ name: "signingReminders", label: t("reminders"), type: "checkbox", value: values.signingReminders }),
    number(
      "staffIdleMinutes",
      t("idleMinutes"),
      values.staffIdleMinutes,
      limits.FEWEST_IDLE_MINUTES,
      limits.MOST_IDLE_MINUTES,
      t("idleMinutesHint", { fewest: limits.FEWEST_IDLE_MINUTES, most: limits.MOST_IDLE_MINUTES }),
    ),
    retentionField(values.signedRetentionYears),
    field({
      name: "requireStaffSecondFactor",
      label: t("secondFactorForAll"),
      hint: t("secondFactorForAllHint"),
      type: "checkbox",
      value: values.requireStaffSecondFactor,
    }),
  ];
}

/** @param {number | null} years */
function retentionField(years) {
  const bounds = { fewest: limits.FEWEST_RETENTION_YEARS, most: limits.MOST_RETENTION_YEARS };
  const shown = field({
    name: "signedRetentionYears",
    label: t("retention"),
    hint: t("retentionHint", bounds),
    value: years === null ? "" : String(years),
    type: "number",
    min: String(bounds.fewest),
    max: String(bounds.most),
  });
  if (mayErase()) shown.append(h("p", {}, link("#/erasable", t("toErasable"))));
  return shown;
}

/**
 * @param {string} name
 * @param {string} label
 * @param {number} value
 * @param {number | undefined} min
 * @param {number | undefined} max
 * @param {string} [hint]
 */
const number = (name, label, value, min, max, hint) =>
  field({
    name,
    label,
    hint,
    value: String(value),
    type: "number",
    required: true,
    min: String(min),
    max: String(max),
  });

/**
 * @param {string} hint
 * @param {string} value
 * @param {boolean} required
 */
export function zoneField(hint, value, required) {
  const zones = h(
    "datalist",
    { id: "zones" },
    Intl.supportedValuesOf("timeZone").map((zone) => h("option", { value: zone })),
  );
  const shown = field({
    name: "timeZone",
    label: t("timeZone"),
    hint,
    value,
    required,
    autocomplete: "off",
    list: "zones",
    maxlength: limits.LONGEST_TIME_ZONE,
  });
  if (!document.getElementById("zones")) shown.append(zones);
  return shown;
}

/** @param {string} colour */
function colourField(colour) {
  const shown = field({
    name: "colour",
    label: t("colour"),
    hint: t("colourHint"),
    value: colour,
    required: true,
    autocomplete: "off",
    size: "9",
  });
  const input = only(shown, "input", HTMLInputElement);
  const pick = h("input", { type: "color", name: "-colour", value: colour, "aria-label": t("colourPick") });
  pick.addEventListener("input", () => {
    input.value = pick.value;
  });
  input.addEventListener("input", () => {
    if (/^#[0-9a-fA-F]{6}$/.test(input.value)) pick.value = input.value;
  });
  shown.append(h("div", { class: "colour" }, input, pick));
  return shown;
}

// The server says what is wrong in English only. These fields have words of the screen, in either language.
const WORDED = [
  "wrong_colour",
  "wrong_timeZone",
  "wrong_website",
  "wrong_supportEmail",
  "wrong_address",
  "wrong_staffIdleMinutes",
  "wrong_signedRetentionYears",
  "wrong_requireStaffSecondFactor",
  "wrong_ageingWarningDays",
  "wrong_logoUploadId",
  "wrong_allowedOrigins",
];

/**
 * What the server says of a single field, in the words of this screen where it has some.
 * @param {{ path: string, message: string }} problem
 */
export function fieldWords({ path, message }) {
  // One field holds the lines of a list.
  const key = `wrong_${path.split(".")[0]}`;
  const bounds = { fewest: limits.FEWEST_RETENTION_YEARS, most: limits.MOST_RETENTION_YEARS };
  return WORDED.includes(key) ? t(key, bounds) : message;
}

/**
 * Runs a mutation, and says what is wrong with each field in the screen's language.
 * @param {() => Promise<unknown>} work
 */
export async function worded(work) {
  try {
    await work();
  } catch (problem) {
    if (!(problem instanceof Trouble) || !problem.details.fields) throw problem;
    const fields = problem.details.fields.map((/** @type {{ path: string, message: string }} */ one) => ({
      path: one.path,
      message: fieldWords(one),
    }));
    const said = fields.map((/** @type {{ message: string }} */ one) => one.message).join(" ");
    throw new Trouble("refused", said, { ...problem.details, type: "", fields });
  }
}
