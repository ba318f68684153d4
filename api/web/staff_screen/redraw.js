// Drawing a page anew when something changed elsewhere, without taking away what a person has open or is reading.

import { only } from "../shared/markup.js";

/** An open dialog of the screen, or of an icon. */
function openDialog() {
  const icons = [...document.querySelectorAll("portal-status")];
  const places = [document, ...icons.flatMap(({ shadowRoot }) => shadowRoot ?? [])];
  return places.map((place) => place.querySelector("dialog:modal")).find((found) => found !== null);
}

/**
 * Resolves when no dialog keeps the page to itself any more, or when the page is left.
 * @param {AbortSignal} signal
 */
export async function untilNoDialog(signal) {
  for (let open = openDialog(); open && !signal.aborted; open = openDialog()) {
    const box = open;
    await new Promise((done) => {
      box.addEventListener("close", done, { once: true });
      signal.addEventListener("abort", done, { once: true });
    });
  }
}

/**
 * What is called when something changed elsewhere. While a dialog is open the page waits, and is drawn when that is
 * closed; `draw` is called once for all that changed meanwhile. `soon`: what is waited for first.
 * @param {() => Promise<unknown>} draw
 * @param {AbortSignal} signal
 * @param {() => Promise<unknown>} [soon]
 */
export function redrawing(draw, signal, soon = () => Promise.resolve()) {
  let waits = false;
  return async () => {
    if (waits) return;
    waits = true;
    await soon().catch(() => {});
    await untilNoDialog(signal);
    waits = false;
    if (!signal.aborted) await draw().catch(() => {});
  };
}

/**
 * Answers may come in another order than they were asked for. A question takes a turn when it is asked; its answer is
 * shown only if no later one has been.
 */
export function turns() {
  let asked = 0;
  let shown = 0;
  return () => {
    const mine = (asked += 1);
    return () => {
      const isNews = mine > shown;
      if (isNews) shown = mine;
      return isNews;
    };
  };
}

/**
 * Where the focus is among places that are about to be drawn anew. What is returned gives it back to the same control,
 * or to the page's heading where that is gone.
 * @param {...HTMLElement} places
 */
export function keepFocus(...places) {
  const all = () =>
    places.flatMap((place) => [
      .../** @type {NodeListOf<HTMLElement>} */ (
        place.querySelectorAll("a, button, select, input, summary, portal-status, h2[tabindex]")
      ),
    ]);
  const at = all().findIndex((element) => element === document.activeElement);
  const name = nameOf(document.activeElement);
  return () => {
    if (at < 0) return;
    const now = all();
    const there = now[at];
    const same = there && nameOf(there) === name ? there : now.find((element) => nameOf(element) === name);
    (same ?? only(document, "h1", HTMLElement)).focus({ preventScroll: true });
  };
}

/** @param {Element | null} element */
const nameOf = (element) =>
  element?.getAttribute("data-appointment") ??
  element?.getAttribute("contact-id") ??
  element?.getAttribute("aria-label") ??
  element?.textContent ??
  "";
