// Forms: label above, hint under it, error beside the field and summed up at the top, what was typed kept.

import { h, nextId, trouble } from "./dom.js";
import { t } from "./words.js";

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

// `work(values)` may throw Trouble; what it says of single fields is put beside them.
export function form(fields, submitLabel, work, { cancel, danger = false } = {}) {
  const problems = h("div");
  const button = h("button", { type: "submit", class: danger ? "danger" : "" }, submitLabel);
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

  async function submit(event) {
    event.preventDefault();
    if (button.getAttribute("aria-disabled")) return;
    clear();
    const missing = [...element.elements].filter((input) => input.name && !input.checkValidity());
    if (missing.length) {
      for (const input of missing) mark(input, input.validity.valueMissing ? t("needed") : t("notUsable"));
      missing[0].focus();
      return;
    }
    button.setAttribute("aria-disabled", "true");
    const label = button.textContent;
    button.textContent = t("working");
    try {
      await work(values());
    } catch (problem) {
      tell(problem);
    } finally {
      button.textContent = label;
      button.removeAttribute("aria-disabled");
    }
  }

  function values() {
    const found = {};
    for (const input of element.elements) {
      if (input.name && !input.name.startsWith("-"))
        found[input.name] = input.type === "checkbox" ? input.checked : input.value;
    }
    return found;
  }

  function tell(problem) {
    problems.replaceChildren(trouble(problem));
    let first = null;
    for (const { path, message } of problem.details?.fields ?? []) {
      const name = path.split(".").pop();
      const input = element.elements[name] ?? element.elements[path.replace(/[.[\]]+/g, "-")];
      if (input?.id) {
        mark(input, message);
        first ??= input;
      }
    }
    if (first) first.focus();
    else {
      problems.firstChild.tabIndex = -1;
      problems.firstChild.focus();
    }
  }

  function mark(input, message) {
    input.setAttribute("aria-invalid", "true");
    const error = element.querySelector(`#${input.id}e`);
    if (error) error.textContent = message;
  }

  function clear() {
    problems.replaceChildren();
    for (const error of element.querySelectorAll(".error")) error.textContent = "";
    for (const input of element.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  }

  return element;
}
