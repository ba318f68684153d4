// The logo: a picture is sent at once, redrawn by the server, and becomes the logo when the settings are saved.

import { Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { trouble } from "./dom.js";
import { field } from "./forms.js";
import { limits } from "./limits.js";
import { sendFile } from "./send_file.js";
import { t } from "./words.js";

const MOST_BYTES = limits.MOST_LOGO_BYTES ?? 0;
// Why the server refuses a picture, by its code.
const PROBLEMS = [
  "logoNOT_A_PICTURE",
  "logoSVG",
  "logoHEIC",
  "logoCMYK",
  "logoBROKEN",
  "logoEMPTY",
  "logoTOO_MANY_PIXELS",
  "logoTOO_SMALL",
];
const megabytes = () => Math.floor(MOST_BYTES / 1_000_000);

/**
 * `chosen()` is the id of the picture that was sent, null for no logo, and undefined where nothing changed.
 * @param {boolean} hasLogo
 * @param {string | null | undefined} before what was chosen before and not saved
 * @param {() => void} changed
 */
export function logoField(hasLogo, before, changed) {
  let chosen = before;
  const said = h("div", { role: "status" });
  const remove = h(
    "button",
    { type: "button", class: "quiet", hidden: !hasLogo && !before, onclick: removed },
    t("logoRemove"),
  );
  const shown = field({
    name: "-logo",
    label: t("logo"),
    type: "file",
    accept: "image/png,image/jpeg,image/webp",
    hint: t("logoHint", { most: megabytes() }),
  });
  const input = only(shown, "input", HTMLInputElement);
  input.addEventListener("change", picked);
  shown.append(said, remove);

  async function picked() {
    const [file] = input.files ?? [];
    if (!file) return;
    said.replaceChildren(h("p", { class: "soft" }, t("logoBusy")));
    try {
      chosen = await send(file);
      said.replaceChildren(h("p", {}, t("logoReady")));
      remove.hidden = false;
      changed();
    } catch (problem) {
      input.value = "";
      said.replaceChildren(trouble(problem));
    }
  }

  function removed() {
    input.value = "";
    chosen = hasLogo ? null : undefined;
    said.replaceChildren(h("p", {}, t("logoGone")));
    remove.hidden = true;
    changed();
  }

  return { element: shown, chosen: () => chosen };
}

/**
 * @param {File} file
 * @returns {Promise<string>}
 */
async function send(file) {
  if (file.size > MOST_BYTES) throw new Trouble("refused", t("logoTooLarge", { most: megabytes() }), { type: "" });
  const answer = await sendFile("/uploads", file, { "Content-Type": file.type || "image/unknown" });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const key = `logo${said.error?.code}`;
    const message = PROBLEMS.includes(key) ? t(key) : String(said.error?.message ?? answer.status);
    throw new Trouble("refused", message, { type: "" });
  }
  return said.uploadId;
}
