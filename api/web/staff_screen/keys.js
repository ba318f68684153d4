// Single keys for what is done all day. Each is shown where it acts; none acts while somebody types, and all can be
// turned off (WCAG 2.2, 2.1.4). A key presses what bears it on the screen: in an open dialog, the panel, the page.

import { h } from "../shared/markup.js";
import { dialog, once } from "./dom.js";
import { t } from "./words.js";

const KEPT = "vestibule.keys";
/** @type {[key: string, word: string][]} */
const MORE = [
  ["Ctrl K", "search"],
  ["↑ ↓", "keyArrows"],
  ["Esc", "keyEscape"],
  ["?", "keys"],
];

let on = true;
try {
  on = localStorage.getItem(KEPT) !== "off";
} catch {
  /* As if never said. */
}

/** @param {string} key */
const cap = (key) => h("kbd", { "aria-hidden": "true" }, key);

/**
 * A button with its key.
 * @param {string} key
 * @param {string} label
 * @param {() => unknown} onclick
 * @param {{ kind?: string }} [how]
 */
export const keyed = (key, label, onclick, { kind = "quiet" } = {}) =>
  h("button", { type: "button", class: kind, "aria-keyshortcuts": key, onclick: once(onclick) }, label, cap(key));

/**
 * Gives an element that is there already its key.
 * @template {HTMLElement} Kind
 * @param {string} key
 * @param {Kind} element
 * @param {{ shown?: boolean }} [how]
 * @returns {Kind}
 */
export function withKey(key, element, { shown = true } = {}) {
  element.setAttribute("aria-keyshortcuts", key);
  if (shown) element.append(cap(key));
  return element;
}

export function listen() {
  document.body.classList.toggle("keyless", !on);
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const [inner] = event.composedPath();
    if (inner instanceof Element && inner.matches("input, select, textarea, [contenteditable]")) return;
    if (!on) return;
    if (event.key === "?" && !document.querySelector("dialog:modal")) {
      event.preventDefault();
      explain();
      return;
    }
    if (event.shiftKey || event.key.length !== 1) return;
    const bearer = bearers().find((one) => one.getAttribute("aria-keyshortcuts") === event.key.toUpperCase());
    if (!bearer) return;
    event.preventDefault();
    if (bearer.matches("select, input")) bearer.focus();
    else (bearer.shadowRoot?.querySelector("button") ?? bearer).click();
  });
}

// What can be pressed now, the nearest to the eye first. An icon's own dialog keeps its keys to itself.
function bearers() {
  if (document.activeElement?.shadowRoot?.querySelector("dialog[open]")) return [];
  const modal = document.querySelector("dialog:modal");
  const places = modal ? [modal] : [...document.querySelectorAll("dialog[open], main, #top")];
  const found = places.flatMap((place) => {
    /** @type {NodeListOf<HTMLElement>} */
    const here = place.querySelectorAll("[aria-keyshortcuts]");
    return [...here];
  });
  // What a menu holds has its keys while it is closed, too.
  return found.filter((one) => one.checkVisibility() || one.closest(".menu, .fold"));
}

/** @param {HTMLElement} bearer */
function withoutKey(bearer) {
  const words = /** @type {HTMLElement} */ (bearer.cloneNode(true));
  for (const key of words.querySelectorAll("kbd")) key.remove();
  return (words.textContent ?? "").trim();
}

export function explain() {
  /** @type {[key: string, does: string][]} */
  const here = bearers().map((one) => [
    one.getAttribute("aria-keyshortcuts") ?? "",
    one.getAttribute("data-does") ?? one.getAttribute("aria-label") ?? withoutKey(one),
  ]);
  /** @type {[key: string, does: string][]} */
  const more = MORE.map(([key, word]) => [key, t(word)]);
  const single = here.filter(([key]) => key.length === 1);
  const all = [...new Map([...single, ...more]).entries()];
  /** @type {HTMLInputElement} */
  const tick = h("input", { type: "checkbox", id: "single-keys", checked: on, onchange: () => turn(tick.checked) });
  /** @type {HTMLDialogElement} */
  const box = dialog(t("keys"), [
    h(
      "dl",
      { class: "key-list" },
      all.map(([key, does]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, does))),
    ),
    h("div", { class: "field tick" }, tick, h("label", { for: "single-keys" }, t("singleKeys"))),
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "button", class: "quiet", onclick: () => box.close() }, t("close")),
    ),
  ]);
}

/** @param {boolean} wanted */
function turn(wanted) {
  on = wanted;
  document.body.classList.toggle("keyless", !on);
  try {
    localStorage.setItem(KEPT, on ? "on" : "off");
  } catch {
    /* Until the page is loaded again. */
  }
}
