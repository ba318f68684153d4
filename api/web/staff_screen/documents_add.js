// Putting a document on record: from a PDF or from text, with the people who must sign, or in another document's place.

import { Intent, Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { languages } from "./contacts.js";
import { dialog, notice } from "./dom.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { change, learn, token } from "./session.js";
import { currentLanguage, t } from "./words.js";

const LARGEST = 25_000_000;
const KINDS = ["CONSENT", "AGREEMENT", "FORM", "PLAN", "LETTER", "OTHER"];
const CREATE = `mutation ($input: CreateDocumentInput!) { answer: createDocument(input: $input) { __typename
  ... on UserError { message } ... on InvalidInput { fields { path message } } } }`;

/**
 * `replaced`: the document whose place the new one takes.
 * @param {ContactRecord} contact
 * @param {Again} again
 * @param {ListedDocument | null} replaced
 */
export function addDocument(contact, again, replaced = null) {
  const intent = new Intent();
  /** @type {{ file: File | null, id: string | null, flattened: boolean }} */
  const sent = { file: null, id: null, flattened: false };
  const who = signers(contact, replaced);
  const source = choice();
  const box = dialog(replaced ? t("replaceTitle", { title: replaced.title }) : t("addDocument"), [
    replaced && h("p", {}, t("replaceBody")),
    form(
      [
        field({
          name: "title",
          label: t("title"),
          required: true,
          maxlength: limits.LONGEST_NAME,
          autocomplete: "off",
          value: replaced?.title ?? "",
        }),
        source.fields,
        h(
          "div",
          { class: "filters" },
          field({
            name: "kind",
            label: t("documentKind"),
            value: replaced?.kind ?? "OTHER",
            options: KINDS.map((kind) => [kind, t(`kind${kind}`)]),
          }),
          field({ name: "language", label: t("documentLanguage"), value: contact.language, options: languages() }),
        ),
        who.fields,
      ],
      t(replaced ? "replaceNow" : "addDocument"),
      async ({ title, kind, language, text }) => {
        const file = source.file();
        if (!file && !text?.trim()) throw new Trouble("refused", t("documentEmpty"), { type: "" });
        // The same file is sent once, however often the button is pressed.
        if (file && sent.file !== file) Object.assign(sent, { file, ...(await upload(file)) });
        const input = {
          contactId: contact.id,
          title,
          kind,
          language,
          ...(file ? { uploadId: sent.id } : { text }),
          ...who.chosen(),
          ...(replaced ? { supersedesId: replaced.id } : {}),
        };
        await change(CREATE, input, intent);
        box.close();
        notice(t(file && sent.flattened ? "documentFlattened" : replaced ? "replaced" : "documentAdded"));
        await again();
      },
      { cancel: () => box.close() },
    ),
  ]);
  only(box, "input").focus();
}

// A file or a text: one of the two is asked for.
function choice() {
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
  });
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
    way("FILE", t("fromFile"), true),
    way("TEXT", t("fromText"), false),
  );
  const isFile = () => only(ways, ":checked", HTMLInputElement).value === "FILE";
  function show() {
    file.hidden = !isFile();
    text.hidden = isFile();
  }
  show();
  return {
    fields: [ways, file, text],
    file: () => (isFile() ? only(file, "input", HTMLInputElement).files?.[0] : undefined),
  };
}

// The order of ticking is the order of signing; the number beside a name says which.
/**
 * @param {ContactRecord} contact
 * @param {ListedDocument | null} replaced
 */
function signers(contact, replaced) {
  const relatives = contact.relationships
    .filter(({ client, portalAccess }) => client.id === contact.id && portalAccess)
    .map(({ relative, kind }) => ({ ...relative, kind }));
  const order = (replaced?.signatures ?? []).map(({ signer }) => signer.id);
  /** @type {Map<string, HTMLElement>} */
  const places = new Map();
  /** @param {Named & { kind?: string }} who */
  const person = ({ id, displayName, kind }) => {
    const place = h("span", { class: "mark", hidden: true });
    places.set(id, place);
    return h(
      "label",
      { class: "pick" },
      h("input", { type: "checkbox", name: "-signer", value: id, checked: order.includes(id), onchange: tick }),
      kind ? `${displayName} (${kind})` : displayName,
      place,
    );
  };
  const sequence = field({
    name: "-sequence",
    label: t("inSequence"),
    type: "checkbox",
    hint: t("inSequenceHint"),
    value: replaced?.inSequence,
    onchange: show,
  });
  const fields = h(
    "fieldset",
    {},
    h("legend", {}, t("signers")),
    h("p", { class: "hint" }, t("signersHint")),
    [{ id: contact.id, displayName: contact.displayName }, ...relatives].map(person),
    sequence,
  );
  const inSequence = () => only(sequence, "input", HTMLInputElement).checked;
  /** @param {Event} event */
  function tick({ target }) {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.checked) order.push(target.value);
    else order.splice(order.indexOf(target.value), 1);
    show();
  }
  function show() {
    sequence.hidden = order.length < 2;
    for (const [id, place] of places) {
      place.hidden = !order.includes(id) || order.length < 2 || !inSequence();
      place.textContent = t("signsAt", { number: order.indexOf(id) + 1 });
    }
  }
  show();
  return { fields, chosen: () => ({ signerIds: [...order], inSequence: order.length > 1 && inSequence() }) };
}

/**
 * The upload, and whether its form fields, notes or layers became part of the pages.
 * @param {File} file
 */
async function upload(file) {
  if (file.size > LARGEST) throw new Trouble("refused", t("tooLarge"), { type: "" });
  let answer;
  try {
    answer = await fetch("/uploads", {
      method: "POST",
      body: file,
      credentials: "omit",
      headers: {
        "Content-Type": "application/pdf",
        "Accept-Language": currentLanguage(),
        Authorization: `Bearer ${await token()}`,
      },
    });
  } catch (problem) {
    throw problem instanceof Trouble ? problem : new Trouble("offline", "");
  }
  const said = await answer.json().catch(() => ({}));
  // A token that was refused is renewed, or the session turns out to be over; then the button can be pressed again.
  if (answer.status === 401) {
    await learn();
    throw new Trouble("busy", "");
  }
  if (!answer.ok) {
    throw new Trouble("refused", t("uploadRefused", { message: said.error?.message ?? answer.status }), { type: "" });
  }
  return { id: said.uploadId, flattened: said.flattened === true };
}
