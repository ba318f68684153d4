// A list in a form, such as addresses or phone numbers: a field to each, the first of them chosen by hand.

import { Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { field } from "./forms.js";
import { t } from "./words.js";

/**
 * `name` is the input's own, such as emails; `each` says which of them a field is.
 * @typedef {{ name: string, values: string[], label: string, each: (number: number) => string, first: string, add: string, type: string, most: number, maxlength: number | undefined }} List
 */

/**
 * The fields of a list, and what is typed in them: those that are not empty, the chosen one first.
 * @param {List} list
 */
export function listFields({ name, values, label, each, first, add, type, most, maxlength }) {
  const rows = h("div", { class: "addresses" });
  const more = h("button", { type: "button", class: "quiet", onclick: () => only(row(), "input").focus() }, add);

  /** @param {string} value */
  function row(value = "") {
    const at = rows.children.length;
    const line = h(
      "fieldset",
      {},
      h("legend", {}, each(at + 1)),
      field({ name: `${name}-${at}`, label, type, value, autocomplete: "off", maxlength }),
      h(
        "div",
        { class: "buttons" },
        h(
          "label",
          { class: "pick" },
          h("input", { type: "radio", name: `-first-${name}`, value: String(at), checked: at === 0 }),
          first,
        ),
        h("button", { type: "button", class: "quiet", onclick: () => remove(line) }, t("removeAddress")),
      ),
    );
    rows.append(line);
    count();
    return line;
  }

  /** @param {HTMLElement} line */
  function remove(line) {
    only(line, "input", HTMLInputElement).value = "";
    line.hidden = true;
    count();
    more.focus();
  }

  const count = () => {
    more.hidden = [...rows.children].filter((line) => !(/** @type {HTMLElement} */ (line).hidden)).length >= most;
  };

  values.forEach((value) => row(value));
  if (!values.length) row();

  // The fields in the order in which they are sent.
  function sent() {
    /** @type {HTMLInputElement | null} */
    const chosen = rows.querySelector("input[type=radio]:checked");
    const lines = [...rows.children].map((line) => only(line, "input", HTMLInputElement));
    const ordered = chosen ? [lines[Number(chosen.value)], ...lines] : lines;
    return [...new Set(ordered)].filter((input) => input?.value.trim());
  }

  return {
    element: h("div", {}, rows, h("p", {}, more)),
    typed: () => sent().map((input) => input?.value.trim() ?? ""),
    /**
     * Does the work; where the server names a place in the list, the trouble names the field that was typed in.
     * @param {() => Promise<unknown>} work
     */
    async telling(work) {
      const inputs = sent();
      try {
        return await work();
      } catch (problem) {
        if (problem instanceof Trouble) {
          for (const wrong of problem.details.fields ?? []) {
            const [of, at] = wrong.path.split(".");
            if (of === name && at !== undefined) wrong.path = inputs[Number(at)]?.name ?? wrong.path;
          }
        }
        throw problem;
      }
    },
  };
}
