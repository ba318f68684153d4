// A table that is read page by page, with a button for the next page.

import { h } from "../shared/markup.js";
import { empty, once, trouble } from "./dom.js";
import { t } from "./words.js";

/**
 * The table, or what is said where there is nothing, and the place of the button.
 * @template Row
 * @param {object} list
 * @param {string[]} list.columns the keys of the words over the columns
 * @param {Page<Row>} list.first
 * @param {(after: string | null) => Promise<Page<Row>>} list.read
 * @param {(row: Row) => HTMLElement} list.row
 * @param {string} list.none what is said where there is nothing
 * @param {(rows: Row[]) => void} [list.shown] called with all rows so far
 */
export function pagedTable({ columns, first, read, row, none, shown }) {
  const body = h("tbody");
  const more = h("div", { class: "more" });
  /** @type {Row[]} */
  const rows = [];

  /** @param {Page<Row>} page */
  function add({ nodes, pageInfo: { hasNextPage, endCursor } }) {
    rows.push(...nodes);
    body.append(...nodes.map((one) => row(one)));
    shown?.(rows);
    more.replaceChildren(
      hasNextPage
        ? h("button", { type: "button", class: "quiet", onclick: once(() => next(endCursor)) }, t("more"))
        : "",
    );
  }

  /** @param {string | null} after */
  async function next(after) {
    try {
      add(await read(after));
    } catch (problem) {
      more.replaceChildren(trouble(problem, () => next(after)));
    }
  }

  add(first);
  const heads = columns.map((key) => h("th", { scope: "col" }, t(key)));
  return [rows.length ? h("table", {}, h("thead", {}, h("tr", {}, heads)), body) : empty(none), more];
}
