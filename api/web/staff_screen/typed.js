// What was typed when a session ended by itself. It is kept in this window's memory for the same person, who signs in again
// and goes on. Anybody else who signs in finds nothing of it.

import { only } from "../shared/markup.js";
import { forgetDrafts } from "./drafts.js";
import { watch, watching } from "./live.js";

const KEPT_FOR = 60 * 60_000;

/** @typedef {{ person: string, address: string, isAway: boolean, at: number, back: () => void }} Kept */

/** @type {Kept | null} */
let kept = null;

/**
 * Takes the page and its dialogs away, and keeps them if somebody had typed there. `isAway`: the address is taken away,
 * too, and comes back with what was typed.
 * @param {string | null} person
 * @param {{ isAway?: boolean }} [how]
 */
export function putAside(person, { isAway = false } = {}) {
  const main = only(document, "#main");
  const dialogs = [...document.querySelectorAll("dialog")];
  // A page that is about to give way to another is not what stands at the address.
  const worth = !main.hasAttribute("aria-busy") && [main, ...dialogs].some(hasTyped);
  const nodes = [...main.childNodes];
  const [title, focused, looking] = [document.title, document.activeElement, watching()];
  main.replaceChildren();
  for (const one of dialogs) one.remove();
  kept = null;
  if (!person) forgetDrafts();
  if (!person || !worth) return;
  const back = () => {
    document.title = title;
    main.replaceChildren(...nodes);
    for (const one of dialogs) {
      one.removeAttribute("open");
      document.body.append(one);
      one.showModal();
    }
    if (looking) watch(looking.ids, looking.changed, looking.planned);
    if (focused instanceof HTMLElement && focused.isConnected) focused.focus();
  };
  kept = { person, address: location.hash, isAway, at: Date.now(), back };
}

/**
 * Puts back what this person had typed at the present address. Answers whether there was something. Whatever it was, it is
 * kept no longer.
 * @param {string} person
 */
export function putBack(person) {
  const found = kept;
  kept = null;
  if (!found || found.person !== person || Date.now() - found.at > KEPT_FOR) return false;
  if (found.isAway) history.replaceState(null, "", found.address);
  if (found.address !== location.hash) return false;
  found.back();
  return true;
}

/** @param {Element} place */
function hasTyped(place) {
  const boxes = [...place.querySelectorAll("input, textarea")];
  return boxes.some((box) => {
    if (box instanceof HTMLTextAreaElement) return box.value !== box.defaultValue;
    if (!(box instanceof HTMLInputElement) || box.type === "password" || box.type === "hidden") return false;
    return ["checkbox", "radio"].includes(box.type)
      ? box.checked !== box.defaultChecked
      : box.value !== box.defaultValue;
  });
}
