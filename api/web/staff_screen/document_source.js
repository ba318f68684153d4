// What a new document is made of: a PDF file or a text.

import { Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { field } from "./forms.js";
import { sendFile } from "./send_file.js";
import { currentLanguage, t } from "./words.js";

const LARGEST = 25_000_000;

// A file or a text: one of the two is asked for.
/**
 * @param {{ isFile: boolean, text: string, fileName: string }} before
 * @param {File | null} kept
 */
export function source(before, kept) {
  const file = field({
    name: "-file",
    label: t("documentFile"),
    type: "file",
    accept: "application/pdf",
    hint: t("documentFileHint"),
  });
  const text = field({
    name: "text",
    label: t("documentText"),
    type: "textarea",
    hint: t("documentTextHint"),
    rows: "8",
    value: before.text,
  });
  const input = only(file, "input", HTMLInputElement);
  if (kept) {
    const chosen = new DataTransfer();
    chosen.items.add(kept);
    input.files = chosen.files;
  } else if (before.fileName) {
    // A browser lets no page choose a file, so after a reload the person chooses it once more.
    input.before(h("p", { class: "blocked" }, t("fileAgain", { name: before.fileName })));
  }
  /**
   * @param {string} value
   * @param {string} label
   * @param {boolean} checked
   */
  const way = (value, label, checked) =>
    h(
      "label",
      { class: "pick" },
      h("input", { type: "radio", name: "-source", value, checked, onchange: show }),
      label,
    );
  const ways = h(
    "fieldset",
    {},
    h("legend", {}, t("documentFrom")),
    way("FILE", t("fromFile"), before.isFile),
    way("TEXT", t("fromText"), !before.isFile),
  );
  const isFile = () => only(ways, ":checked", HTMLInputElement).value === "FILE";
  function show() {
    file.hidden = !isFile();
    text.hidden = isFile();
  }
  show();
  return {
    fields: [ways, file, text],
    isFile,
    file: () => (isFile() ? (input.files?.[0] ?? null) : null),
  };
}

/**
 * The upload, and whether its form fields, notes or layers became part of the pages.
 * @param {File} file
 */
export async function upload(file) {
  if (file.size > LARGEST) throw new Trouble("refused", t("tooLarge"), { type: "" });
  const headers = { "Content-Type": "application/pdf", "Accept-Language": currentLanguage() };
  const answer = await sendFile("/uploads", file, headers);
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    throw new Trouble("refused", t("uploadRefused", { message: said.error?.message ?? answer.status }), { type: "" });
  }
  return { uploadId: said.uploadId, flattened: said.flattened === true };
}
