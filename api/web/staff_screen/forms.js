// Forms: label above, hint under it, error beside the field and summed up at the top, what was typed kept.

import { Trouble } from "../shared/graphql.js";
import { h } from "../shared/markup.js";
import { nextId, sayWhenSlow, trouble } from "./dom.js";
import { t } from "./words.js";

/**
 * A field by its properties; the rest are the input's own. With options it is a choice.
 * @typedef {object} Field
 * @property {string} name what begins with "-" is not among the form's values
 * @property {string} label
 * @property {string} [type]
 * @property {string | boolean} [value]
 * @property {string} [hint]
 * @property {boolean} [required]
 * @property {string[][]} [options] pairs of a value and its words
 */

/** @param {Field & Record<string, unknown>} properties */
export function field({ name, label, type = "text", value = "", hint, required = false, options, ...rest }) {
  const id = `f${nextId()}`;
  const describedBy = `${hint ? `${id}h ` : ""}${id}e`;
  const common = { id, name, required, "aria-describedby": describedBy, ...rest };
  let input;
  if (options) {
    input = h(
      "select",
      common,
      options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)),
    );
  } else if (type === "textarea") {
    input = h("textarea", { rows: "3", ...common, value });
  } else if (type === "checkbox") {
    input = h("input", { type, ...common, checked: Boolean(value) });
    return h(
      "div",
      { class: "field tick" },
      input,
      h("label", { for: id }, label),
      hint && h("p", { class: "hint", id: `${id}h` }, hint),
      h("p", { class: "error", id: `${id}e` }),
    );
  } else {
    input = h("input", { type, ...common, value });
  }
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    hint && h("p", { class: "hint", id: `${id}h` }, hint),
    h("p", { class: "error", id: `${id}e` }),
    input,
  );
}

/**
 * `work(values)` may throw Trouble; what it says of single fields is put beside them.
 * @param {Child[]} fields
 * @param {string | (() => string)} submitLabel what the button says; a function where that depends on what was chosen
 * @param {(typed: Typed) => unknown} work
 * @param {{ cancel?: () => void, danger?: boolean }} [options]
 */
export function form(fields, submitLabel, work, { cancel, danger = false } = {}) {
  const problems = h("div");
  const says = () => (typeof submitLabel === "string" ? submitLabel : submitLabel());
  const button = h("button", { type: "submit", class: danger ? "danger" : "" }, says());
  const element = h(
    "form",
    { novalidate: true, onsubmit: submit },
    problems,
    fields,
    h(
      "div",
      { class: "buttons" },
      button,
      cancel && h("button", { type: "button", class: "quiet", onclick: cancel }, t("cancel")),
    ),
  );

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    if (button.getAttribute("aria-disabled")) return;
    clear(element);
    problems.replaceChildren();
    const missing = inputsOf(element).filter((input) => input.name && !input.checkValidity());
    if (missing.length) {
      for (const input of missing) mark(element, input, input.validity.valueMissing ? t("needed") : t("notUsable"));
      missing[0]?.focus();
      return;
    }
    button.setAttribute("aria-disabled", "true");
    button.textContent = t("working");
    const done = sayWhenSlow(problems);
    try {
      await work(valuesOf(element));
      done();
    } catch (problem) {
      done();
      tell(problem);
    } finally {
      button.textContent = says();
      button.removeAttribute("aria-disabled");
    }
  }

  /** @param {unknown} problem */
  function tell(problem) {
    const wrong = fieldsOf(problem);
    // The server's sentence names inputs of the API; beside the fields the same is said in the fields' own words.
    const said = wrong.length
      ? h("div", { class: "alert", role: "alert" }, h("p", {}, t("lookBelow")))
      : trouble(problem);
    problems.replaceChildren(said);
    let first = null;
    for (const { path, message } of wrong) {
      const input = controlOf(element, path);
      if (input) {
        // Of several lines in one field the first that is wrong is told.
        if (!input.hasAttribute("aria-invalid")) mark(element, input, wordsAt(path, input, message));
        first ??= input;
      } else {
        said.append(h("p", {}, message));
      }
    }
    if (!first) said.tabIndex = -1;
    (first ?? said).focus();
  }

  return element;
}

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Input */

/**
 * @param {Element} element
 * @returns {element is Input}
 */
const isInput = (element) =>
  element instanceof HTMLInputElement || element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement;

/**
 * What the server said of single fields.
 * @param {unknown} problem
 * @returns {{ path: string, message: string }[]}
 */
const fieldsOf = (problem) => (problem instanceof Trouble ? (problem.details.fields ?? []) : []);

/**
 * The control that a path of the input leads to: "emails.1" is the second field of a list ("emails-1"), or the one field
 * in which the list is typed ("emails").
 * @param {HTMLFormElement} element
 * @param {string} path
 */
function controlOf(element, path) {
  const parts = path.split(".");
  const last = parts.filter((part) => !isNumber(part)).pop() ?? path;
  for (const name of [parts.join("-"), last, `${last}-0`]) {
    const found = element.elements.namedItem(name);
    if (found instanceof Element && isInput(found) && found.id) return found;
  }
  return null;
}

/**
 * What is wrong, and with which line where several are typed into one field.
 * @param {string} path
 * @param {Input} input
 * @param {string} message
 */
function wordsAt(path, input, message) {
  const at = path.split(".").pop() ?? "";
  return isNumber(at) && input instanceof HTMLTextAreaElement
    ? `${t("lineNumber", { number: Number(at) + 1 })} ${message}`
    : message;
}

/** @param {string} text */
const isNumber = (text) => /^\d+$/.test(text);

/** @param {HTMLFormElement} element */
const inputsOf = (element) => [...element.elements].filter((input) => isInput(input));

/** @param {HTMLFormElement} element */
function valuesOf(element) {
  /** @type {Typed} */
  const found = {};
  for (const input of inputsOf(element)) {
    if (input.name && !input.name.startsWith("-")) {
      const isTick = input instanceof HTMLInputElement && input.type === "checkbox";
      found[input.name] = isTick ? input.checked : input.value;
    }
  }
  return found;
}

/**
 * @param {HTMLFormElement} element
 * @param {Input} input
 * @param {string} message
 */
function mark(element, input, message) {
  input.setAttribute("aria-invalid", "true");
  const error = element.querySelector(`#${input.id}e`);
  if (error) error.textContent = message;
}

/** @param {HTMLFormElement} element */
function clear(element) {
  for (const error of element.querySelectorAll(".error")) error.textContent = "";
  for (const input of element.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}
