// A button in the head that shows and hides a list of links. Esc, a click elsewhere and leaving it by Tab close it.

import { h } from "../shared/markup.js";
import { nextId } from "./dom.js";

/**
 * @param {string} label
 * @param {HTMLElement[]} links
 */
export function menu(label, links) {
  const id = `m${nextId()}`;
  const list = h(
    "ul",
    { id, class: "menu-list", hidden: true },
    links.map((one) => h("li", {}, one)),
  );
  const button = h(
    "button",
    { type: "button", class: "quiet", "aria-expanded": "false", "aria-controls": id, onclick: () => open(list.hidden) },
    label,
  );
  const box = h("div", { class: "menu", onkeydown: escape, onfocusout: left }, button, list);

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
