// What other systems call a record: shown where the record is, and added, changed and removed there.

import { Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { dialog, nextId, notice } from "./dom.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { change, query } from "./session.js";
import { addWords, t } from "./words.js";
import words from "./words_external_ids.js";

addWords(words);

const OF_APPOINTMENT = `query ($id: ID!) { node(id: $id) { ... on Appointment { externalIds { system value } } } }`;
const SET = `mutation ($input: SetExternalIdsInput!) { answer: setExternalIds(input: $input) { __typename
  ... on UserError { message } ... on InvalidInput { fields { path message } } ... on ExternalIdTaken { path holder {
    ... on Contact { displayName } ... on StaffMember { name } ... on Facility { name }
    ... on Appointment { contact { displayName } } } } } }`;

/**
 * A record with its external ids. `known` are those of other such records, whose systems are offered.
 * @typedef {{ id: string, name: string, externalIds: ExternalId[], known?: ExternalId[] }} Called
 */

/** @param {ExternalId[]} ids */
export const externalIdList = (ids) =>
  h(
    "ul",
    { class: "ids" },
    ids.map(({ system, value }) => h("li", {}, value, " ", h("span", { class: "soft" }, system))),
  );

/**
 * @param {Called} called
 * @param {() => unknown} again
 */
export const externalIdsButton = (called, again) =>
  h(
    "button",
    {
      type: "button",
      class: "quiet",
      "aria-label": t("externalIdsOf", { name: called.name }),
      onclick: () => editExternalIds(called, again),
    },
    t("externalIds"),
  );

/**
 * For an appointment, whose ids are asked for only now.
 * @param {string} id
 * @param {string} name
 */
export async function editThoseOfAppointment(id, name) {
  const at = location.hash;
  /** @type {{ node: { externalIds: ExternalId[] } | null }} */
  const { node } = await query(OF_APPOINTMENT, { id });
  if (location.hash === at) editExternalIds({ id, name, externalIds: node?.externalIds ?? [] }, () => {});
}

/**
 * @param {Called} called
 * @param {() => unknown} again
 */
function editExternalIds({ id, name, externalIds, known = [] }, again) {
  const rows = rowsOf(externalIds, [...new Set([...externalIds, ...known].map(({ system }) => system))].sort());
  let isOld = false;
  const box = dialog(
    t("externalIdsOf", { name }),
    [
      h("p", { class: "hint" }, t("externalIdsHint")),
      form(
        [rows.element],
        t("save"),
        async () => {
          const inputs = rows.typed();
          const ids = inputs.map(({ system, value }) => ({ system: system.value.trim(), value: value.value.trim() }));
          try {
            await change(SET, { recordId: id, externalIds: ids, shown: externalIds });
          } catch (problem) {
            const told = inWords(problem, inputs);
            isOld = told instanceof Trouble && told.details["isOld"];
            throw told;
          }
          box.close();
          notice(t("externalIdsSaved"));
          await again();
        },
        { cancel: () => box.close() },
      ),
    ],
    { onclose: () => isOld && again() },
  );
  only(box, "input").focus();
}

/** @typedef {{ system: HTMLInputElement, value: HTMLInputElement }} Inputs */

/**
 * Two fields to each id, and what is typed in them: rows that are empty don't count.
 * @param {ExternalId[]} ids
 * @param {string[]} systems
 */
function rowsOf(ids, systems) {
  const rows = h("div");
  const offered = h(
    "datalist",
    { id: `l${nextId()}` },
    systems.map((system) => h("option", { value: system })),
  );
  const more = h(
    "button",
    { type: "button", class: "quiet", onclick: () => only(row({ system: "", value: "" }), "input").focus() },
    t("addExternalId"),
  );

  /** @param {ExternalId} id */
  function row(id) {
    const button = h("button", { type: "button", class: "quiet", onclick: () => remove(line) }, t("removeAddress"));
    const line = h(
      "fieldset",
      {},
      fieldsOf(rows.children.length, id, offered.id),
      h("div", { class: "buttons" }, button),
    );
    rows.append(line);
    count();
    return line;
  }

  /** @param {HTMLElement} line */
  function remove(line) {
    for (const input of inputsOf(line)) input.value = "";
    line.hidden = true;
    count();
    more.focus();
  }

  const count = () => {
    const shown = [...rows.children].filter((line) => !(/** @type {HTMLElement} */ (line).hidden));
    more.hidden = shown.length >= (limits["MOST_EXTERNAL_IDS"] ?? 1);
  };

  ids.forEach((id) => row(id));
  if (!ids.length) row({ system: "", value: "" });
  return {
    element: h("div", {}, offered, rows, h("p", {}, more)),
    /** @returns {Inputs[]} */
    typed: () =>
      [...rows.children].flatMap((line) => {
        const [system, value] = inputsOf(line);
        return system && value && (system.value.trim() || value.value.trim()) ? [{ system, value }] : [];
      }),
  };
}

/**
 * @param {number} at
 * @param {ExternalId} id
 * @param {string} offered names the list of systems
 */
function fieldsOf(at, { system, value }, offered) {
  const asTyped = { autocomplete: "off", autocapitalize: "none", spellcheck: "false" };
  return [
    h("legend", {}, t("externalId", { number: at + 1 })),
    field({
      name: `externalIds-${at}-system`,
      label: t("externalSystem"),
      value: system,
      list: offered,
      inputmode: "url",
      maxlength: limits.LONGEST_EXTERNAL_SYSTEM,
      ...asTyped,
    }),
    field({
      name: `externalIds-${at}-value`,
      label: t("externalValue"),
      value,
      maxlength: limits.LONGEST_EXTERNAL_VALUE,
      ...asTyped,
    }),
  ];
}

/** @param {Element} line */
const inputsOf = (line) => [...line.querySelectorAll("input")];

/**
 * What stands in the way, in the words of this dialog and beside its fields.
 * @param {unknown} problem
 * @param {Inputs[]} inputs
 */
function inWords(problem, inputs) {
  if (!(problem instanceof Trouble)) return problem;
  const { type, path, holder, fields = [] } = problem.details;
  if (type === "ExternalIdTaken") return refused([{ path, message: takenBy(holder) }], inputs);
  /** @type {Wrong[]} */
  const wrong = fields;
  if (wrong.some((one) => one.path === "shown"))
    return new Trouble("refused", t("externalIdsChanged"), { type: "", isOld: true });
  if (wrong.some((one) => one.path === "externalIds"))
    return new Trouble("refused", t("externalIdTwice"), { type: "" });
  return wrong.length ? refused(wrong, inputs) : problem;
}

/** @typedef {{ path: string, message?: string }} Wrong */

/**
 * @param {Wrong[]} wrong
 * @param {Inputs[]} inputs
 */
function refused(wrong, inputs) {
  const fields = wrong.map(({ path, message }) => {
    const [, at, part = "value"] = path.split(".");
    const typed = inputs[Number(at)];
    const input = part === "system" ? typed?.system : typed?.value;
    const right = part === "system" ? t("externalSystemWrong") : t("notUsable");
    const said = path.split(".").length === 2 ? message : input?.value.trim() ? right : t("needed");
    return { path: input?.name ?? path, message: said ?? right };
  });
  return new Trouble("refused", "", { type: "", fields });
}

/** @param {{ displayName?: string, name?: string, contact?: Named } | null} holder */
function takenBy(holder) {
  const name = holder?.displayName ?? holder?.name ?? holder?.contact?.displayName;
  return name ? t("externalIdTakenBy", { name }) : t("externalIdTaken");
}
