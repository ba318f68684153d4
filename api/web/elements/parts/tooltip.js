// The icon's tooltip (WCAG 2.2, 1.4.13): it can be dismissed, the pointer can travel onto it, and it stays until left.

import { h } from "../../shared/markup.js";

const AFTER_POINTING = 120;
const AFTER_HOLDING = 400;
// A moment's grace, so that the pointer can travel onto the words and stay there.
const AFTER_LEAVING = 250;

export class Tooltip {
  element = h("div", { id: "tip", class: "tip", part: "tooltip", role: "tooltip", hidden: true });
  // While the focus comes back from a dialog, the words stay away.
  quiet = false;
  #host;
  #button;
  #mayShow;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {AbortController | null} */
  #ends = null;

  /**
   * @param {HTMLElement} host
   * @param {HTMLElement} button
   * @param {() => boolean} mayShow
   */
  constructor(host, button, mayShow) {
    this.#host = host;
    this.#button = button;
    this.#mayShow = mayShow;
    if ("popover" in this.element) this.element.popover = "manual";
    const soon = () => this.soon(() => this.show(), AFTER_POINTING);
    const held = () => this.soon(() => this.show(), AFTER_HOLDING);
    button.addEventListener("focus", () => {
      if (!this.quiet && button.matches(":focus-visible")) this.show();
    });
    button.addEventListener("blur", () => this.hide());
    host.addEventListener("pointerenter", ({ pointerType }) => pointerType !== "touch" && soon());
    host.addEventListener("pointerleave", () => this.soon(() => this.hide(), AFTER_LEAVING));
    button.addEventListener("pointerdown", ({ pointerType }) => pointerType === "touch" && held());
  }

  /**
   * One thing at a time: what was to come before is forgotten.
   * @param {() => void} work
   * @param {number} milliseconds
   */
  soon(work, milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(work, milliseconds);
  }

  show() {
    clearTimeout(this.#timer);
    if (this.#ends || !this.#mayShow()) return;
    this.#ends = new AbortController();
    const { signal } = this.#ends;
    this.element.hidden = false;
    this.element.showPopover?.();
    this.#place();
    addEventListener("scroll", () => this.#place(), { capture: true, passive: true, signal });
    addEventListener("pointerdown", (event) => event.composedPath().includes(this.#host) || this.hide(), { signal });
    addEventListener("keydown", (event) => this.#dismiss(event), { capture: true, signal });
  }

  // Esc takes the words away; what lies behind them has its own Esc afterwards.
  /** @param {KeyboardEvent} event */
  #dismiss(event) {
    if (event.key !== "Escape") return;
    if (this.#host.matches(":focus-within")) {
      event.preventDefault();
      event.stopPropagation();
    }
    this.hide();
  }

  #place() {
    const { style } = this.element;
    const icon = this.#button.getBoundingClientRect();
    const tip = this.element.getBoundingClientRect();
    const below = icon.bottom + 6 + tip.height <= innerHeight || icon.top < tip.height + 6;
    style.top = `${Math.max(4, below ? icon.bottom + 6 : icon.top - 6 - tip.height)}px`;
    style.left = `${Math.max(8, Math.min(icon.left, innerWidth - tip.width - 8))}px`;
  }

  hide() {
    clearTimeout(this.#timer);
    if (!this.#ends) return;
    this.#ends.abort();
    this.#ends = null;
    if (this.element.isConnected) this.element.hidePopover?.();
    this.element.hidden = true;
  }
}
