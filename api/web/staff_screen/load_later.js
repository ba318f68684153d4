// Scripts that are loaded at the click that needs them. Without a connection they can't be, and the person is told.

import { Trouble } from "../shared/graphql.js";
import { h } from "../shared/markup.js";
import { dialog, trouble } from "./dom.js";
import { t, wholeWords } from "./words.js";

/**
 * What is done with a script once it is loaded. A browser says by a TypeError that it could not be.
 * @template Module
 * @param {() => Promise<Module>} load
 * @param {(found: Module) => unknown} use
 */
export async function loadLater(load, use) {
  /** @type {Module} */
  let found;
  try {
    [found] = await Promise.all([load(), wholeWords()]);
  } catch (problem) {
    if (!(problem instanceof TypeError)) throw problem;
    const again = () => {
      box.close();
      loadLater(load, use);
    };
    const box = dialog(t("offlineTitle"), [
      trouble(new Trouble("partOffline"), again),
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", class: "quiet", onclick: () => box.close() }, t("close")),
      ),
    ]);
    return;
  }
  await use(found);
}
