// Importing a file: choosing it, what its columns are, what would happen, and doing it.

import { Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { action, link, section, show } from "./dom.js";
import { field, form } from "./forms.js";
import { takesDrops } from "./import_drop.js";
import { fileIn } from "./import_rows.js";
import { fieldWords, run } from "./import_run.js";
import { limits } from "./limits.js";
import { sendFile } from "./send_file.js";
import { currentLanguage, t } from "./words.js";

const COLUMNS = [
  ...["id", "given_name", "family_name", "date_of_birth", "email", "phone", "language", "kind", "facility", "archived"],
  ...["client", "relative", "relationship", "portal_access", "ends_on"],
  ...["contact", "starts_at", "ends_at", "staff_member", "status"],
];
const LEFT_OUT = "left_out";
const SHOWN = 5;
const UNKNOWN_SHOWN = 20;
const MOST_BYTES = limits.MOST_IMPORT_BYTES;

/** @typedef {import("./import_rows.js").ImportColumn} Column */

/** @typedef {{ dates: string, system: string }} Said */

/** @param {About} about */
export async function view({ signal, settled }) {
  settled();
  const found = h("div");
  show(t("import"), [
    h("p", {}, t("importBody")),
    h("div", { class: "card narrow" }, asking(found, signal)),
    found,
    h("p", { class: "after" }, link("#/contacts", t("contactsTitle"))),
  ]);
}

/**
 * The form that asks for a file, and shows in `found` what is in it.
 * @param {HTMLElement} found
 * @param {AbortSignal} signal
 */
function asking(found, signal) {
  const chosen = field({
    name: "-file",
    label: t("importFile"),
    hint: t("importFileHint", { megabytes: MOST_BYTES / 1_000_000 }),
    type: "file",
    required: true,
    accept: ".csv,.txt,.tsv,.json,.ndjson",
  });
  const dates = field({
    name: "dates",
    label: t("importDates"),
    hint: t("importDatesHint"),
    options: [
      ["", t("importDatesUnsaid")],
      ["DMY", t("importDMY")],
      ["MDY", t("importMDY")],
      ["YMD", t("importYMD")],
    ],
  });
  const system = field({
    name: "system",
    label: t("importSystem"),
    hint: t("importSystemHint"),
    autocomplete: "off",
    spellcheck: "false",
  });
  const note = h("p", { class: "hint", role: "status" });
  chosen.append(h("p", { class: "hint" }, t("importDrop")), note);
  const page = document.querySelector("main");
  if (page) takesDrops({ page, field: only(chosen, "input", HTMLInputElement), note, signal });
  return form([chosen, dates, system], t("importRead"), async (typed) => {
    const file = only(chosen, "input", HTMLInputElement).files?.[0];
    if (file) await look(file, { dates: typed["dates"] ?? "", system: (typed["system"] ?? "").trim() }, new Map());
  });

  /**
   * @param {File} file
   * @param {Said} said
   * @param {Map<string, string>} columns what was chosen for headers
   */
  async function look(file, said, columns) {
    found.replaceChildren();
    const answer = await read(file, said, columns);
    if (signal.aborted) return;
    const again = (/** @type {Map<string, string>} */ other) => look(file, said, other);
    if ("message" in answer) {
      const words = `${answer.message} (${fieldWords(answer.field)})`;
      const alert = h("div", { class: "alert", role: "alert", tabindex: "-1" }, h("p", {}, words));
      found.replaceChildren(section(t("importColumns"), alert, mapping(answer.columns, columns, again)));
      alert.focus();
      return;
    }
    const columnsOf = answer.columns.length ? mapping(answer.columns, columns, again) : "";
    found.replaceChildren(...preview(answer, columnsOf, signal));
  }
}

/**
 * What is in the file and what would happen; then, by a button, doing it.
 * @param {import("./import_rows.js").ImportedFile} file
 * @param {Child} columns
 * @param {AbortSignal} signal
 */
function preview(file, columns, signal) {
  const doing = h("div");
  const start = h("button", { type: "button", hidden: true, onclick: begin }, t("importBegin"));
  const finished = () => {
    start.hidden = false;
    start.focus();
  };
  const about = t("importFound", { count: file.lines.length, encoding: file.encoding });
  const hint = h("p", { class: "hint" }, t("importPreviewHint"));
  const foreseen = run(file, { dryRun: true, signal, finished });
  return [
    section(t("importColumns"), h("p", {}, about), withoutPlaces(file), columns, firstRows(file)),
    section(t("importPreview"), hint, foreseen, h("div", { class: "buttons" }, start)),
    doing,
  ];

  function begin() {
    start.remove();
    const title = h("h2", { tabindex: "-1" }, t("importDoing"));
    const body = run(file, { dryRun: false, signal, finished: () => title.focus() });
    doing.replaceChildren(h("section", { class: "card" }, title, h("p", { class: "hint" }, t("importLeaving")), body));
    title.focus();
  }
}

/**
 * The appointments that go without a staff member or facility: the first of them, each with what would help.
 * @param {import("./import_rows.js").ImportedFile} file
 */
function withoutPlaces({ lines }) {
  const named = lines.flatMap(({ line, appointment, unknown = [] }) =>
    unknown.map(({ kind, system, value }) => {
      const number = appointment?.externalId.value ?? "";
      return t(kind === "Location" ? "importNoFacility" : "importNoStaff", { line, number, system, value });
    }),
  );
  if (!named.length) return "";
  const rest = named.length - UNKNOWN_SHOWN;
  return [
    h("p", {}, t("importIncomplete", { count: lines.filter(({ unknown }) => unknown).length })),
    h(
      "ul",
      { class: "plain results" },
      named.slice(0, UNKNOWN_SHOWN).map((words) => h("li", {}, words)),
    ),
    rest > 0 ? h("p", {}, t("importMoreUnknown", { rest })) : "",
  ];
}

/**
 * The choice of what each column is.
 * @param {Column[]} columns
 * @param {Map<string, string>} chosen
 * @param {(chosen: Map<string, string>) => unknown} again
 */
function mapping(columns, chosen, again) {
  const options = [[LEFT_OUT, t("importLeftOut")], ...COLUMNS.map((name) => [name, fieldWords(name)])];
  const fields = columns.map(({ header, field: name }, at) =>
    field({ name: `c${at}`, label: header || t("importNoHeader"), value: name ?? LEFT_OUT, options }),
  );
  const work = async () => {
    const other = new Map(chosen);
    columns.forEach(({ header, field: name }, at) => {
      const value = only(fields[at] ?? document, "select", HTMLSelectElement).value;
      if (header && value !== (name ?? LEFT_OUT)) other.set(header, value);
    });
    await again(other);
  };
  return h(
    "details",
    { open: columns.every(({ field: name }) => name !== "id") },
    h("summary", {}, t("importColumnsChange")),
    fields,
    action(t("importReadAgain"), work),
  );
}

/**
 * The first people as they were read, so that a wrong order of dates is seen.
 * @param {import("./import_rows.js").ImportedFile} file
 */
function firstRows({ lines }) {
  const people = lines.flatMap(({ contact }) => contact ?? []).slice(0, SHOWN);
  if (!people.length) return "";
  const heads = [t("importNumber"), t("name"), t("born"), t("email")];
  const rows = people.map(({ externalId, givenName, familyName, dateOfBirth, emails }) => [
    externalId.value,
    `${givenName ?? ""} ${familyName ?? ""}`.trim(),
    dateOfBirth ? dayWords(dateOfBirth) : "--",
    emails?.[0] ?? "--",
  ]);
  const title = h("h3", { id: "import-first" }, t("importFirst"));
  const table = h(
    "table",
    { "aria-labelledby": title.id },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        heads.map((head) => h("th", { scope: "col" }, head)),
      ),
    ),
    h(
      "tbody",
      {},
      rows.map((cells) =>
        h(
          "tr",
          {},
          cells.map((cell) => h("td", {}, cell)),
        ),
      ),
    ),
  );
  return [title, table];
}

// The month in letters: 04/03/1980 read the wrong way round is seen at once.
/** @param {string} day */
const dayWords = (day) =>
  new Intl.DateTimeFormat(currentLanguage(), { dateStyle: "long", timeZone: "UTC" }).format(
    new Date(`${day}T12:00:00Z`),
  );

/**
 * What the server reads in the file; its columns with the reason where one of them has to be chosen.
 * @param {File} file
 * @param {{ dates: string, system: string }} said
 * @param {Map<string, string>} columns
 * @returns {Promise<import("./import_rows.js").ImportedFile | { message: string, field: string, columns: Column[] }>}
 */
async function read(file, { dates, system }, columns) {
  if (file.size > MOST_BYTES) throw new Trouble("refused", t("importTooLarge"), { type: "" });
  const asked = new URLSearchParams({ dates, system });
  for (const [header, name] of columns) asked.append("column", `${header}=${name}`);
  const type = /json$/i.test(file.name) ? "application/fhir+json" : "text/csv";
  const headers = { "Content-Type": type, "Accept-Language": currentLanguage() };
  const answer = await sendFile(`/imports?${asked}`, file, headers);
  if (answer.ok) return fileIn(await answer.text());
  const { error, columns: known } = await answer.json().catch(() => ({}));
  if (known) return { message: error.message, field: error.field, columns: known };
  throw new Trouble("refused", error?.message ?? String(answer.status), { type: "" });
}
