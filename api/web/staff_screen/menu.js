// A button in the head that shows and hides a list. Esc, a click elsewhere and leaving it by Tab close it.

import { h } from "../shared/markup.js";
import { nextId } from "./dom.js";

/** @param {(HTMLElement | false)[]} entries */
const items = (entries) => entries.map((one) => one && h("li", {}, one));

/**
 * @param {string} label
 * @param {HTMLElement[]} links
 */
export const menu = (label, links) => shownBy(label, h("ul", { class: "menu-list" }, items(links)), "menu");

/**
 * A list that only a narrow screen hides behind a button. Elsewhere the style sheet shows the list and no button.
 * @param {string} label
 * @param {(HTMLElement | false)[]} entries
 */
export const folded = (label, entries) => shownBy(label, h("ul", { class: "fold-list" }, items(entries)), "fold");

/**
 * @param {string} label
 * @param {HTMLElement} list
 * @param {string} kind
 */
function shownBy(label, list, kind) {
  list.id = `m${nextId()}`;
  list.hidden = true;
  const button = h(
    "button",
    {
      type: "button",
      class: "quiet",
      "aria-expanded": "false",
      "aria-controls": list.id,
      onclick: () => open(list.hidden),
    },
    h("span", {}, label),
  );
  const box = h("div", { class: kind, onkeydown: escape, onfocusout: left }, button, list);

  /** @param {boolean} wanted */
  function open(wanted) {
    list.hidden = !wanted;
    button.setAttribute("aria-expanded", String(wanted));
    if (wanted) document.addEventListener("click", elsewhere);
    else document.removeEventListener("click", elsewhere);
  }

  // A click on one of the links closes it, too: the page that it leads to is looked at next.
  /** @param {MouseEvent} event */
  function elsewhere({ target }) {
    if (!(target instanceof Node && button.contains(target))) open(false);
  }

  /** @param {KeyboardEvent} event */
  function escape(event) {
    if (event.key !== "Escape" || list.hidden) return;
    event.preventDefault();
    open(false);
    button.focus();
  }

  /** @param {FocusEvent} event */
  function left({ relatedTarget }) {
    if (relatedTarget instanceof Node && !box.contains(relatedTarget)) open(false);
  }

  return box;
}
