// A letter as it would be read: its subject, its page on light and on dark ground, and its plain text.

import { h } from "../shared/markup.js";
import { t } from "./words.js";

// The preview is asked of the server that the page came from, by whichever name.
export const local = (/** @type {string} */ url) => new URL(url).pathname;

/** Whether the reader of the preview asked for dark ground last. It stays while the preview is drawn anew. */
let dark = false;

/**
 * @param {LetterShown} letter
 * @param {string} language
 */
export function letterShown({ sender, subject, text, url, darkUrl }, language) {
  const frame = h("iframe", { title: t("previewLetter"), sandbox: "", lang: language });
  const onDark = h("button", { type: "button", class: "quiet" }, t("previewDark"));
  const draw = () => {
    onDark.setAttribute("aria-pressed", String(dark));
    frame.src = local(dark ? darkUrl : url);
  };
  onDark.addEventListener("click", () => {
    dark = !dark;
    draw();
  });
  draw();
  return [
    h("p", {}, t("previewSubject", { sender, subject })),
    h("p", {}, onDark),
    frame,
    h("details", {}, h("summary", {}, t("previewText")), h("pre", { lang: language, tabindex: "0" }, text)),
  ];
}
