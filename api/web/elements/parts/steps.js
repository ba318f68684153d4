// The icon's dialog: one thing to answer at a time, with what went wrong said in it.

import { Trouble } from "../../shared/graphql.js";
import { h } from "../../shared/markup.js";
import { wordFor } from "./words.js";

/**
 * What a button says and does; null closes the dialog.
 * @typedef {[label: string, work: (() => unknown) | null]} Choice
 */

/**
 * What the dialog needs of its icon.
 * @typedef {object} Setting
 * @property {HTMLElement} host
 * @property {() => "en" | "es"} language
 * @property {(key: string, values?: Record<string, unknown>) => string} t
 * @property {() => void} opens called before each step
 * @property {() => void} closed called after the dialog has gone
 */

export class Steps {
  /** @type {HTMLDialogElement | null} */
  #dialog = null;
  #setting;

  /** @param {Setting} setting */
  constructor(setting) {
    this.#setting = setting;
  }

  get isOpen() {
    return this.#dialog !== null;
  }

  close() {
    this.#dialog?.close();
  }

  /**
   * Shows a step. The first button is what was asked for.
   * @param {string} title
   * @param {(HTMLElement | false | undefined)[]} body
   * @param {(Choice | false)[]} choices
   * @param {...HTMLElement} more
   */
  show(title, body, choices, ...more) {
    const { host, opens } = this.#setting;
    if (!host.isConnected) return;
    opens();
    const heading = h("h2", { id: "heading", part: "heading", tabindex: "-1" }, title);
    const problem = h("div");
    const buttons = h("div", { class: "buttons" }, ...more);
    const row = { isWorking: false, buttons, problem };
    choices
      .filter((choice) => choice !== false)
      .forEach(([label, work], at) => {
        const kind = at === 0 && work ? "primary" : null;
        const properties = { type: "button", class: kind, part: kind ?? "secondary" };
        const button = h("button", { ...properties, onclick: () => this.#press(row, button, label, work) }, label);
        buttons.append(button);
      });
    const dialog = this.#dialog ?? this.#opened();
    dialog.replaceChildren(heading, ...body.filter((part) => part instanceof HTMLElement), problem, buttons);
    if (!dialog.open) dialog.showModal();
    heading.focus();
  }

  /**
   * What went wrong, in the icon's words, or else in the server's.
   * @param {unknown} problem
   */
  alert(problem) {
    const { t, language } = this.#setting;
    const trouble = problem instanceof Trouble ? problem : null;
    const known = trouble ? t(wordFor(trouble)) : "";
    if (!known && !trouble?.message) console.error(problem);
    const foreign = !known && language() !== "en" ? "en" : null;
    const properties = { class: "error", part: "error", role: "alert", tabindex: "-1", lang: foreign };
    return h("p", properties, known || trouble?.message || t("broken"));
  }

  /**
   * @param {{ isWorking: boolean, buttons: HTMLElement, problem: HTMLElement }} row
   * @param {HTMLButtonElement} button
   * @param {string} label
   * @param {(() => unknown) | null} work
   */
  async #press(row, button, label, work) {
    if (row.isWorking) return;
    if (!work) return this.close();
    row.isWorking = true;
    row.problem.replaceChildren();
    button.textContent = this.#setting.t("working");
    for (const one of row.buttons.querySelectorAll("button")) one.setAttribute("aria-disabled", "true");
    try {
      await work();
    } catch (problem) {
      if (isLeft(problem)) return;
      const said = this.alert(problem);
      row.problem.replaceChildren(said);
      said.focus();
    } finally {
      row.isWorking = false;
      button.textContent = label;
      for (const one of row.buttons.querySelectorAll("button")) one.removeAttribute("aria-disabled");
    }
  }

  #opened() {
    const { host, language, closed } = this.#setting;
    const dialog = h("dialog", { part: "dialog", "aria-labelledby": "heading", lang: language() });
    // Esc is the dialog's own: what the host page does with it is not meant.
    dialog.addEventListener("keydown", (event) => event.key === "Escape" && event.stopPropagation());
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (this.#dialog === dialog) this.#dialog = null;
      closed();
    });
    this.#dialog = dialog;
    host.shadowRoot?.append(dialog);
    return dialog;
  }
}

/**
 * The page has gone on to another contact: what was asked is done, and nothing is said of it here.
 * @param {unknown} problem
 */
export const isLeft = (problem) => problem instanceof Trouble && problem.kind === "left";
