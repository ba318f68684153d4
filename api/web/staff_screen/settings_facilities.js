// The practice's facilities in the settings: added, changed, archived and restored.

import { Intent } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { action, dialog, empty, notice } from "./dom.js";
import { externalIdList, externalIdsButton } from "./external_ids.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { showAgain } from "./navigate.js";
import { change, learn } from "./session.js";
import { worded, zoneField } from "./settings_fields.js";
import { t } from "./words.js";

const ERRORS = "__typename ... on UserError { message } ... on InvalidInput { fields { path message } }";
const CREATE = `mutation ($input: CreateFacilityInput!) { answer: createFacility(input: $input) { ${ERRORS} } }`;
const UPDATE = `mutation ($input: UpdateFacilityInput!) { answer: updateFacility(input: $input) { ${ERRORS} } }`;
const ARCHIVE = `mutation ($input: ArchiveFacilityInput!) { answer: archiveFacility(input: $input) { __typename ... on UserError { message } } }`;
const RESTORE = `mutation ($input: RestoreFacilityInput!) { answer: restoreFacility(input: $input) { __typename ... on UserError { message } } }`;

/**
 * @param {WholeFacility[]} facilities
 * @param {string} zone the practice's
 */
export function facilityList(facilities, zone) {
  return h(
    "section",
    { class: "card" },
    h("h2", {}, t("facilities")),
    h("p", {}, t("facilitiesBody")),
    facilities.length
      ? h(
          "ul",
          { class: "plain" },
          facilities.map((facility) => h("li", {}, row(facility, facilities, zone))),
        )
      : empty(t("noFacilities")),
    h("button", { type: "button", class: "quiet", onclick: () => add(zone) }, t("addFacility")),
  );
}

/**
 * @param {WholeFacility} facility
 * @param {WholeFacility[]} facilities
 * @param {string} zone
 */
function row(facility, facilities, zone) {
  const { name, address, phone, timeZone, archivedAt, externalIds } = facility;
  const own = [...address.split("\n"), phone].filter(Boolean).join(", ");
  return [
    h("h3", {}, name, archivedAt ? h("span", { class: "mark" }, t("archived")) : ""),
    h("p", {}, own || t("practiceContact")),
    h("p", { class: "soft" }, timeZone ?? t("practiceZone", { zone })),
    externalIds.length ? [h("p", { class: "soft" }, t("externalIds")), externalIdList(externalIds)] : "",
    h(
      "div",
      { class: "buttons" },
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          "aria-label": t("changeFacilityOf", { name }),
          onclick: () => edit(facility, zone),
        },
        t("changeFacility"),
      ),
      externalIdsButton({ ...facility, known: facilities.flatMap((one) => one.externalIds) }, again),
      archivedAt
        ? action(t("restore"), () => restore(facility), { label: t("restoreOf", { name }) })
        : action(t("archive"), () => archive(facility), { label: t("archiveOf", { name }) }),
    ),
  ];
}

/** @param {WholeFacility} facility */
async function archive(facility) {
  await change(ARCHIVE, { facilityId: facility.id });
  await again();
  notice(t("archivedFacility", { name: facility.name }), () => restore(facility));
}

/** @param {WholeFacility} facility */
async function restore({ id, name }) {
  await change(RESTORE, { facilityId: id });
  await again();
  notice(t("restoredFacility", { name }));
}

/** @param {string} zone */
function add(zone) {
  const intent = new Intent();
  const box = dialog(t("addFacility"), [
    form(
      fields({ name: "", address: "", phone: "", timeZone: null }, zone),
      t("addFacilityDo"),
      async (typed) => {
        await worded(() => change(CREATE, typed, intent));
        box.close();
        await again();
        notice(t("facilityAdded", { name: typed.name }));
      },
      { cancel: () => box.close() },
    ),
  ]);
  only(box, "input").focus();
}

/**
 * @param {WholeFacility} facility
 * @param {string} zone
 */
function edit(facility, zone) {
  const box = dialog(t("changeFacilityOf", { name: facility.name }), [
    form(
      fields(facility, zone),
      t("changeFacilityDo"),
      async (typed) => {
        await worded(() => change(UPDATE, { facilityId: facility.id, ...typed }));
        box.close();
        await again();
        notice(t("facilityChanged", { name: typed.name }));
      },
      { cancel: () => box.close() },
    ),
  ]);
  only(box, "input").focus();
}

/**
 * @param {{ name: string, address: string, phone: string, timeZone: string | null }} values
 * @param {string} zone
 */
function fields({ name, address, phone, timeZone }, zone) {
  const most = limits.MOST_ADDRESS_LINES;
  return [
    field({
      name: "name",
      label: t("practiceName"),
      value: name,
      required: true,
      maxlength: limits.LONGEST_NAME,
      autocomplete: "off",
    }),
    field({
      name: "address",
      label: t("postalAddress"),
      type: "textarea",
      hint: t("postalAddressHint", { most }),
      value: address,
      rows: String(most),
    }),
    field({
      name: "phone",
      label: t("practicePhone"),
      type: "tel",
      value: phone,
      maxlength: limits.LONGEST_PHONE,
      autocomplete: "off",
    }),
    zoneField(t("facilityZoneHint", { zone }), timeZone ?? "", false),
  ];
}

// The rest of the screen offers the facilities too.
async function again() {
  await learn();
  await showAgain();
}
