// Sending a file's records on: first as a preview that changes nothing, then for good. Stopping and starting again makes
// nobody twice: what is on record already is the same.

import { Intent, Trouble } from "../shared/graphql.js";
import { h } from "../shared/markup.js";
import { trouble } from "./dom.js";
import { asCsv, BATCH, batchOf, peopleIn } from "./import_rows.js";
import { change } from "./session.js";
import { t, troubleWords } from "./words.js";

const SYNC = `mutation ($input: SyncRecordsInput!) { answer: syncRecords(input: $input) { __typename
  ... on UserError { message } ... on SyncRecordsSuccess { results { outcome
  problem { __typename message ... on InvalidInput { fields { path message } } } } } } }`;
const SHOWN = 20;
// What the fields of files and of syncRecords are called here; the first part of a path counts.
const FIELDS = new Map([
  ["id", "importNumber"],
  ["externalId", "importNumber"],
  ["given_name", "givenName"],
  ["givenName", "givenName"],
  ["family_name", "familyName"],
  ["familyName", "familyName"],
  ["date_of_birth", "born"],
  ["dateOfBirth", "born"],
  ["birthDate", "born"],
  ["email", "email"],
  ["emails", "email"],
  ["phone", "phones"],
  ["phones", "phones"],
  ["language", "importLanguage"],
  ["kind", "kind"],
  ["facility", "facility"],
  ["archived", "archived"],
  ["contact", "importContact"],
  ["patient", "importContact"],
  ["participant", "importContact"],
  ["client", "importClient"],
  ["relative", "importRelative"],
  ["relationship", "importRelationship"],
  ["portal_access", "importAccess"],
  ["ends_on", "endsOn"],
  ["endsOn", "endsOn"],
  ["starts_at", "importStart"],
  ["startsAt", "importStart"],
  ["start", "importStart"],
  ["ends_at", "importEnd"],
  ["endsAt", "importEnd"],
  ["staff_member", "importStaff"],
  ["staffMember", "importStaff"],
  ["status", "importStatus"],
  ["row", "importRow"],
]);

/** @param {string} path */
export const fieldWords = (path) => {
  const [name = ""] = path.split(".");
  const known = FIELDS.get(name);
  return known ? t(known) : name;
};

/** @typedef {{ outcome: string, problem: ({ __typename: string, message: string, fields?: { path: string, message: string }[] }) | null }} Result */

/** @param {NonNullable<Result["problem"]>} problem */
function whyNot(problem) {
  if (problem.fields) return problem.fields.map(({ path, message }) => `${fieldWords(path)}: ${message}`).join(" ");
  return troubleWords(new Trouble("refused", problem.message, { type: problem.__typename }));
}

/** @typedef {{ dryRun: boolean, signal: AbortSignal, finished: () => void }} How */

class Run {
  #file;
  #how;
  #left;
  #people;
  #tally = { CREATED: 0, CHANGED: 0, CANCELLED: 0, UNCHANGED: 0, REFUSED: 0, skipped: 0, done: 0 };
  /** @type {import("./import_rows.js").RefusedLine[]} */
  #refused = [];
  #intent = new Intent();
  #isStopping = false;
  #bar;
  #said = h("p", { role: "status" });
  #problems = h("div");
  #counts = h("dl");
  #list = h("div");
  #stop = h("button", { type: "button", class: "quiet", onclick: () => this.#halt() }, t("importStop"));
  #go = h("button", { type: "button", hidden: true, onclick: () => this.work() }, t("importGoOn"));

  /**
   * @param {import("./import_rows.js").ImportedFile} file
   * @param {How} how
   */
  constructor(file, how) {
    this.#file = file;
    this.#how = how;
    this.#left = file.lines.filter(({ problem }) => !problem);
    this.#people = how.dryRun ? peopleIn(this.#left) : null;
    this.#bar = h("progress", { max: String(file.lines.length), value: 0, "aria-label": t("importProgress") });
    const buttons = h("div", { class: "buttons" }, this.#stop, this.#go);
    this.box = h("div", {}, this.#bar, this.#said, this.#problems, buttons, this.#counts, this.#list);
    for (const { line, cells = [], problem, skipped } of file.lines) {
      if (problem) this.#refuse(line, cells, `${fieldWords(problem.field)}: ${problem.message}`, skipped);
    }
  }

  async work() {
    const { dryRun, signal, finished } = this.#how;
    this.#isStopping = false;
    Object.assign(this.#stop, { hidden: false, disabled: false });
    this.#go.hidden = true;
    this.#problems.replaceChildren();
    try {
      while (this.#left.length && !this.#isStopping && !signal.aborted) await this.#next();
      if (signal.aborted) return;
      const rest = this.#left.length;
      this.#said.textContent = rest ? t("importStopped", { rest }) : t(dryRun ? "importSeen" : "importDone");
    } catch (problem) {
      if (signal.aborted) return;
      this.#problems.replaceChildren(trouble(problem));
    }
    const isLeft = this.#left.length > 0;
    this.#stop.hidden = true;
    this.#go.hidden = !isLeft;
    this.#showCounts();
    if (isLeft) this.#go.focus();
    else finished();
  }

  #halt() {
    this.#isStopping = true;
    this.#stop.disabled = true;
  }

  /**
   * @param {number} line
   * @param {string[]} cells
   * @param {string} problem
   * @param {boolean} [skipped]
   */
  #refuse(line, cells, problem, skipped = false) {
    this.#tally.done += 1;
    this.#tally[skipped ? "skipped" : "REFUSED"] += 1;
    this.#refused.push({ line, cells, problem });
  }

  async #next() {
    const { input, sent } = batchOf(this.#left.slice(0, BATCH), this.#people);
    const { results } = await change(SYNC, { ...input, dryRun: this.#how.dryRun }, this.#intent);
    /** @type {import("./import_rows.js").ImportLine[]} */
    const later = [];
    results.forEach((/** @type {Result} */ { outcome, problem }, /** @type {number} */ at) => {
      const line = sent[at];
      if (!line) return;
      if (problem?.__typename === "TooManyAttempts") {
        later.push(line);
      } else if (problem) {
        this.#refuse(line.line, line.cells ?? [], whyNot(problem));
      } else {
        this.#tally.done += 1;
        this.#tally[/** @type {"CREATED"} */ (outcome)] += 1;
      }
    });
    // What a limit stopped is sent again when the person continues.
    this.#left = [...later, ...this.#left.slice(BATCH)];
    this.#bar.value = this.#tally.done;
    this.#said.textContent = t("importAt", { done: this.#tally.done, count: this.#file.lines.length });
    if (later.length) throw new Trouble("refused", "", { type: "TooManyAttempts" });
  }

  #showCounts() {
    /** @type {[string, number][]} */
    const rows = [
      [t("importNew"), this.#tally.CREATED],
      [t("importChanged"), this.#tally.CHANGED],
      [t("importSame"), this.#tally.UNCHANGED],
      [t("importCancelled"), this.#tally.CANCELLED],
      [t("importRefused"), this.#tally.REFUSED],
      [t("importSkipped"), this.#tally.skipped],
    ];
    const shown = rows.map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, String(value))));
    this.#counts.replaceChildren(...shown);
    this.#refused.sort((one, other) => one.line - other.line);
    if (this.#refused.length) this.#list.replaceChildren(...refusals(this.#file, this.#refused));
  }
}

/**
 * The progress of one run, with its buttons and what came out.
 * @param {import("./import_rows.js").ImportedFile} file
 * @param {How} how
 */
export function run(file, how) {
  const running = new Run(file, how);
  running.work();
  return running.box;
}

/**
 * The first refused lines, and all of them to keep.
 * @param {import("./import_rows.js").ImportedFile} file
 * @param {import("./import_rows.js").RefusedLine[]} refused
 */
function refusals(file, refused) {
  const shown = refused.slice(0, SHOWN);
  const items = shown.map(({ line, problem }) =>
    h("li", {}, h("strong", {}, t("importLine", { line })), ` ${problem}`),
  );
  const rest = refused.length - shown.length;
  return [
    h("h3", {}, t("importRefusedTitle")),
    h("ul", { class: "plain results" }, items),
    rest > 0 ? h("p", {}, t("importMore", { rest })) : "",
    h("button", { type: "button", class: "quiet", onclick: keep }, t("importDownload")),
    h("p", { class: "hint" }, t("importDownloadHint")),
  ];

  function keep() {
    const headers = file.columns.map(({ header }) => header);
    const address = URL.createObjectURL(new Blob([asCsv(headers, refused)], { type: "text/csv" }));
    h("a", { href: address, download: t("importRefusedFile") }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }
}
