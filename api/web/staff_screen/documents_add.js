// Putting a document on record in one dialog: from a PDF or from text, who must sign, and who may see it. What was typed
// stays as a draft until it is sent, discarded, or its writer signs out.

import { Intent, Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { languages } from "./contacts.js";
import { source, upload } from "./document_source.js";
import { signers } from "./document_signers.js";
import { openDocument } from "./documents_open.js";
import { action, dialog, notice } from "./dom.js";
import { draftOf, keepDraft } from "./drafts.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { change, here } from "./session.js";
import { SHARE, readers, undoSharing } from "./sharing.js";
import { t } from "./words.js";

const KINDS = ["CONSENT", "AGREEMENT", "FORM", "PLAN", "LETTER", "OTHER"];
const CREATE = `mutation ($input: CreateDocumentInput!) { answer: createDocument(input: $input) { __typename
  ... on CreateDocumentSuccess { document { id } } ... on UserError { message } ... on InvalidInput { fields { path message } } } }`;

/**
 * How far the sending has come. It stays with the draft, so that trying again later does nothing twice, also after a
 * reload. `file` is how the file that was uploaded is known.
 * @typedef {{ intent: Intent, file: string | null, uploadId: string | null, flattened: boolean }} Sending
 */

/** @param {File} file */
const known = ({ name, size, lastModified }) => `${lastModified} ${size} ${name}`;

/**
 * @param {ContactRecord} contact
 * @param {ListedDocument | null} replaced
 * @returns {import("./drafts.js").TypedDocument}
 */
const blank = (contact, replaced) => ({
  title: replaced?.title ?? "",
  kind: replaced?.kind ?? "OTHER",
  language: contact.language,
  isFile: true,
  fileName: "",
  text: "",
  signerIds: (replaced?.signatures ?? []).map(({ signer }) => signer.id),
  inSequence: replaced?.inSequence ?? false,
  sharing: "NOBODY",
  recipientIds: [contact.id],
});

/** The dialog, from the first key to the document that is on record and shared. */
class Adding {
  /** @type {{ id: string } | null} */
  #created = null;
  #isDone = false;
  #sharing = new Intent();
  #names = h("p", { class: "hint" });
  #missing = h("p", { class: "blocked" });
  #at = location.hash;
  #person = here().viewer.id;

  /**
   * @param {ContactRecord} contact
   * @param {Again} again
   * @param {ListedDocument | null} replaced
   */
  constructor(contact, again, replaced) {
    this.contact = contact;
    this.again = again;
    this.replaced = replaced;
    this.place = `${contact.id} ${replaced?.id ?? ""}`;
    const draft = draftOf(this.#person, this.place);
    this.before = draft?.typed ?? blank(contact, replaced);
    const { intent = null, ...sent } = draft?.sent ?? { file: null, uploadId: null, flattened: false };
    /** @type {Sending} */
    this.sending = { ...sent, intent: new Intent(intent) };
    const show = () => this.#show();
    const { sharing, recipientIds } = this.before;
    this.content = source(this.before, draft?.file ?? null);
    this.signing = signers(contact, this.before, show);
    this.seeing = readers(familyOf(contact), { sharing, ids: recipientIds }, show);
    this.written = h(
      "div",
      {},
      draftWords(draft !== null, () => this.#discard()),
      titled(this.before),
      this.content.fields,
      described(this.before),
    );
    this.box = this.#dialog();
  }

  #dialog() {
    const { replaced } = this;
    const seen = h("div", { "aria-live": "polite" }, this.#names, this.#missing);
    const asked = form(
      [this.written, this.signing.fields, this.seeing.fields, seen],
      () => this.#says(),
      (typed) => this.#send(typed),
      { cancel: () => this.box.close() },
    );
    return dialog(
      replaced ? t("replaceTitle", { title: replaced.title }) : t("addDocument"),
      [replaced && h("p", {}, t("replaceBody")), asked],
      { onclose: () => this.#left() },
    );
  }

  open() {
    this.box.addEventListener("input", () => this.#keep());
    this.box.addEventListener("change", () => this.#keep());
    this.#show();
    only(this.box, "[name=title]").focus();
  }

  #says() {
    if (this.#created) return t("shareNow");
    if (this.seeing.how() === "NOBODY") return t(this.replaced ? "replaceNow" : "addDocument");
    return t(this.replaced ? "replaceAndShare" : "addAndShare");
  }

  // Who would see it, who is asked to sign but would not, and what the button does.
  #show() {
    const sees = this.seeing.chosen().map(({ contact }) => contact);
    const shutOut = this.signing.named().filter(({ id }) => !sees.some((one) => one.id === id));
    const after = t(this.seeing.how() === "ALL" ? "laterHint" : "exactlyThese");
    this.#names.hidden = this.seeing.how() === "NOBODY";
    this.#names.textContent = `${t("wouldSee", { names: listed(sees) })} ${after}`;
    this.#missing.hidden = this.#names.hidden || shutOut.length === 0;
    this.#missing.textContent = t("signerShutOut", { names: listed(shutOut) });
    const button = only(this.box, "[type=submit]");
    if (!button.hasAttribute("aria-disabled")) button.textContent = this.#says();
  }

  /** @returns {import("./drafts.js").TypedDocument} */
  #typedNow() {
    /** @param {string} name */
    const value = (name) => /** @type {HTMLInputElement} */ (this.box.querySelector(`[name=${name}]`)).value;
    return {
      title: value("title"),
      kind: value("kind"),
      language: value("language"),
      isFile: this.content.isFile(),
      fileName: this.content.file()?.name ?? this.before.fileName,
      text: value("text"),
      ...this.signing.chosen(),
      sharing: this.seeing.how(),
      recipientIds: this.seeing.ticked(),
    };
  }

  #keep() {
    if (this.#created || this.#isDone) return;
    const typed = this.#typedNow();
    const isBlank = JSON.stringify(typed) === JSON.stringify(blank(this.contact, this.replaced));
    const sent = { ...this.sending, intent: this.sending.intent.kept };
    const draft = { typed, file: this.content.file(), sent };
    keepDraft(this.#person, this.place, isBlank ? null : draft);
  }

  #discard() {
    keepDraft(this.#person, this.place, null);
    this.#isDone = true;
    this.box.addEventListener("close", () => addDocument(this.contact, this.again, this.replaced));
    this.box.close();
  }

  // Closed before it was sent, or before it was shared.
  #left() {
    if (this.#isDone || location.hash !== this.#at) return;
    if (this.#created) this.#done(t("documentAdded"));
    else if (draftOf(this.#person, this.place)) notice(t("draftKept"));
  }

  /**
   * @param {string} said
   * @param {(() => unknown) | null} undo
   */
  async #done(said, undo = null) {
    this.#isDone = true;
    this.box.close();
    notice(said, undo);
    await this.again();
  }

  /** @param {Typed} typed */
  async #send(typed) {
    const { seeing, sending, replaced } = this;
    if (seeing.how() === "CHOSEN" && !seeing.ticked().length)
      throw new Trouble("refused", t("choosePerson"), { type: "" });
    const isNew = this.#created === null;
    this.#created ??= await this.#create(typed);
    const isFlattened = sending.flattened && sending.file !== null;
    if (seeing.how() === "NOBODY") {
      await this.#done(t(isFlattened ? "documentFlattened" : replaced ? "replaced" : "documentAdded"));
    } else if (isNew && isFlattened) {
      // What people would sign is not what was uploaded: staff look at it before they share it.
      this.#onRecord(this.#created, t("documentFlattened"))?.focus();
    } else {
      await this.#share(this.#created);
    }
  }

  /** @param {Typed} typed */
  async #create({ title, kind, language, text }) {
    const { contact, content, replaced, sending, signing } = this;
    const file = content.file();
    if (!file && (content.isFile() || !text?.trim())) throw new Trouble("refused", t("documentEmpty"), { type: "" });
    // The same file is sent once, however often the button is pressed.
    if (file && sending.file !== known(file)) Object.assign(sending, { file: known(file), ...(await upload(file)) });
    if (!file) sending.file = null;
    const input = {
      contactId: contact.id,
      title,
      kind,
      language,
      ...(file ? { uploadId: sending.uploadId } : { text }),
      ...signing.chosen(),
      ...(replaced ? { supersedesId: replaced.id } : {}),
    };
    sending.intent.keyFor(input);
    this.#keep();
    const { document } = await change(CREATE, input, sending.intent);
    keepDraft(this.#person, this.place, null);
    return { id: document.id };
  }

  /** @param {{ id: string }} one */
  async #share(one) {
    const given = this.seeing.how() === "ALL" ? { allAuthorized: true } : { recipientIds: this.seeing.ticked() };
    try {
      await change(SHARE, { documentId: one.id, ...given }, this.#sharing);
    } catch (problem) {
      this.#onRecord(one, t("documentAdded"));
      throw problem;
    }
    const undo = () => undoSharing(one, { sharing: "NOT_SHARED", ids: [] }, this.again);
    await this.#done(t(this.replaced ? "replacedAndShared" : "addedAndShared"), undo);
  }

  /**
   * The document is on record, and only the sharing is left to do. Nothing in the dialog can make a second one.
   * @param {{ id: string }} one
   * @param {string} said
   */
  #onRecord(one, said) {
    if (!this.signing.fields.isConnected) return null;
    const words = h("p", { role: "status", tabindex: "-1" }, said);
    this.written.replaceChildren(
      words,
      action(t("lookFirst"), () => openDocument(one, false)),
    );
    this.signing.fields.remove();
    this.seeing.withoutNobody();
    this.#show();
    return words;
  }
}

/**
 * `replaced`: the document whose place the new one takes.
 * @param {ContactRecord} contact
 * @param {Again} again
 * @param {ListedDocument | null} replaced
 */
export function addDocument(contact, again, replaced = null) {
  new Adding(contact, again, replaced).open();
}

/** @param {Named[]} people */
const listed = (people) => people.map(({ displayName }) => displayName).join(", ");

/**
 * @param {boolean} isDraft
 * @param {() => void} discard
 */
const draftWords = (isDraft, discard) =>
  isDraft
    ? h(
        "div",
        { class: "tools" },
        h("p", {}, t("draftOpened")),
        h("button", { type: "button", class: "quiet", onclick: discard }, t("draftDiscard")),
      )
    : h("p", { class: "hint" }, t("draftHint"));

/** @param {import("./drafts.js").TypedDocument} before */
const titled = ({ title }) =>
  field({
    name: "title",
    label: t("title"),
    required: true,
    maxlength: limits.LONGEST_NAME,
    autocomplete: "off",
    value: title,
  });

/** @param {import("./drafts.js").TypedDocument} before */
const described = ({ kind, language }) =>
  h(
    "div",
    { class: "filters" },
    field({
      name: "kind",
      label: t("documentKind"),
      value: kind,
      options: KINDS.map((one) => [one, t(`kind${one}`)]),
    }),
    field({ name: "language", label: t("documentLanguage"), value: language, options: languages() }),
  );

/**
 * The client, and every relative: who may see it is chosen among them.
 * @param {ContactRecord} contact
 * @returns {FamilyMember[]}
 */
const familyOf = ({ id, displayName, relationships }) => [
  { contact: { id, displayName }, relationship: null, hasAccess: true, hasAccount: true },
  ...relationships
    .filter(({ client }) => client.id === id)
    .map(({ relative, kind, portalAccess }) => ({
      contact: relative,
      relationship: kind,
      hasAccess: portalAccess,
      hasAccount: true,
    })),
];
