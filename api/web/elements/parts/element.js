// The element itself: what it knows of one contact, how it is drawn, and when it asks.

import { Intent, Trouble } from "../../shared/graphql.js";
import { h, written } from "../../shared/markup.js";
import { nextQuestion, page, shown, want } from "./asking.js";
import { Click } from "./click.js";
import { draw, STATES } from "./drawing.js";
import { SHEET } from "./sheet.js";
import { Steps } from "./steps.js";
import { sourceOf } from "./tokens.js";
import { Tooltip } from "./tooltip.js";
import { WORDS } from "./words.js";

const SPOKEN_AFTER = 50;

export class PortalStatusElement extends HTMLElement {
  static observedAttributes = ["contact-id", "system", "value", "contact-name", "lang", "display"];
  /** @type {IconStatus | null} */
  #status = null;
  /** @type {IconContact | null} */
  #contact = null;
  /** @type {unknown} */
  #problem = null;
  #answered = false;
  #newest = 0;
  #given = false; // by the page: nobody is asked
  /** @type {"en" | "es" | null} */
  #said = null; // the language of the status's sentences
  /** @type {{ endpoint: string | null, token: import("./asking.js").TokenSource | string | null }} */
  #own = { endpoint: null, token: null };
  #intent = new Intent();
  /** @type {Click | null} */
  #click = null;
  #busy = false;
  #button = h("button", { type: "button", class: "icon", part: "button", "aria-describedby": "tip" });
  #spoken = h("div", { class: "spoken", role: "status" });
  #steps;
  #tip;

  constructor() {
    super();
    this.#steps = new Steps({
      host: this,
      language: () => this.#language,
      t: (key, values) => this.#t(key, values),
      opens: () => this.#tip.hide(),
      closed: () => this.#dialogClosed(),
    });
    this.#tip = new Tooltip(this, this.#button, () => !this.#steps.isOpen && this.isConnected);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [SHEET];
    root.append(this.#button, this.#tip.element, this.#spoken);
    this.#button.addEventListener("click", () => this.#clicked());
  }

  // The contact's id, or none until it is known whom another system calls so.
  get contactId() {
    return this.getAttribute("contact-id") || (this.#contact?.id ?? "");
  }
  /** @returns {import("./asking.js").Wanted | null} */
  get wanted() {
    const [system, value] = [this.getAttribute("system"), this.getAttribute("value")];
    return this.getAttribute("contact-id") || (system && value ? { system, value } : null);
  }
  get endpoint() {
    return this.place.endpoint;
  }
  set endpoint(value) {
    this.#own.endpoint = value;
    if (this.isConnected) want(this);
  }
  /** @param {import("./asking.js").TokenSource | string | null} value a function, or an address */
  set token(value) {
    this.#own.token = value;
    if (this.isConnected) want(this);
  }
  /** @returns {import("./asking.js").IconPlace} */
  get place() {
    const endpoint = this.#own.endpoint ?? this.getAttribute("endpoint") ?? page.endpoint;
    const token = sourceOf(this.#own.token ?? page.token);
    return { endpoint, token, language: this.#language, onEnded: page.onUnauthenticated };
  }
  get status() {
    return this.#status;
  }
  set status(value) {
    this.#given = true;
    this.receive({ id: this.contactId, portalStatus: value });
  }

  connectedCallback() {
    shown.add(this);
    this.#render();
    const foreign = !this.#given && this.#said !== this.#language;
    if (this.wanted && (!this.#status || foreign)) want(this);
  }
  disconnectedCallback() {
    shown.delete(this);
    this.#tip.hide();
    this.#steps.close();
  }
  /**
   * @param {string} name
   * @param {string | null} before
   * @param {string | null} now
   */
  attributeChangedCallback(name, before, now) {
    if (before === now) return;
    if (name === "contact-id" || name === "system" || name === "value") {
      this.#status = this.#contact = null;
      this.#problem = null;
      this.#answered = this.#given = false;
      this.#click?.leave();
      this.#intent = new Intent();
      this.#steps.close();
      if (this.isConnected && this.wanted) want(this);
    } else if (name === "lang" && this.isConnected && this.wanted && !this.#given) {
      want(this);
    }
    if (this.isConnected) this.#render();
  }

  /**
   * @override
   * @param {FocusOptions} [options]
   */
  focus(options) {
    this.#button.focus(options);
  }

  // Asks again; resolves when the answer is shown.
  refresh() {
    return want(this);
  }

  /**
   * What the server said of this contact; null where there is no such record, or with what went wrong. An icon that
   * has it before it is on the page does not ask.
   * @param {IconContact | null} contact
   * @param {unknown} problem
   * @param {number} asked the number of the question; an answer to an older one than was shown says nothing
   */
  receive(contact, problem = null, asked = nextQuestion()) {
    if (asked < this.#newest) return;
    if (!problem) this.#newest = asked;
    const before = this.#status;
    this.#answered = true;
    this.#problem = problem;
    if (problem && before) return;
    const switched = this.#said !== this.#language;
    this.#said = this.#language;
    this.#contact = contact?.portalStatus ? { ...this.#contact, ...contact } : null;
    this.#status = contact?.portalStatus ? { ...contact.portalStatus } : null;
    this.#render();
    if (before && told(before, switched) !== told(this.#status, switched)) {
      const detail = { contactId: this.contactId, status: this.#status, previous: before };
      this.dispatchEvent(new CustomEvent("portal-status-change", { bubbles: true, composed: true, detail }));
    }
  }

  get #name() {
    return this.#contact?.displayName || this.getAttribute("contact-name") || this.#t("somebody");
  }
  /** @returns {"en" | "es"} */
  get #language() {
    const tag = this.lang || page.lang || document.documentElement.lang;
    return String(tag).toLowerCase().startsWith("es") ? "es" : "en";
  }
  /**
   * @param {string} key
   * @param {Record<string, unknown>} values
   * @returns {string}
   */
  #t(key, values = {}) {
    const sentence = WORDS[this.#language][key] ?? "";
    return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? (name === "name" ? this.#name : "")));
  }
  get #shownState() {
    if (this.#status) return STATES.includes(this.#status.state) ? this.#status.state : "failed";
    if (this.#problem) return this.#problem instanceof Trouble && this.#problem.kind === "ended" ? "ended" : "failed";
    return this.#answered ? "missing" : "loading";
  }

  #render() {
    const state = this.#shownState;
    const words = this.#t(state);
    const status = this.#status;
    const failed = state === "failed" || state === "ended";
    const does = status?.action ? this.#t(status.action) : failed ? this.#t("retry") : "";
    const then = does || (status?.blockedReason ? this.#t("why") : "");
    const named = this.getAttribute("contact-name") || this.#contact?.displayName;
    this.#button.replaceChildren(draw(state, words), h("span", { class: "text", part: "text" }, words));
    this.#button.setAttribute("aria-label", [named ? `${words}, ${named}` : words, then].filter(Boolean).join(". "));
    this.#button.classList.toggle("blocked", Boolean(status && !status.action));
    this.#working(this.#busy);
    const spoken = { lang: this.#said };
    const sentences = status && [
      this.getAttribute("display") === "icon" && h("p", {}, h("strong", {}, words)),
      h("p", spoken, status.summary ?? ""),
      status.blockedReason && h("p", spoken, status.blockedReason),
    ];
    this.#tip.element.replaceChildren(...written(sentences ?? [h("p", {}, words)]));
  }

  /** @returns {Promise<void>} */
  async #clicked() {
    if (this.#busy || !this.wanted || !this.place.endpoint) return this.#say();
    if (this.#shownState === "failed" || this.#shownState === "ended") return this.refresh();
    if (!this.contactId) return this.#say();
    this.#working(true);
    this.#click?.leave();
    this.#click = new Click(this.#forClick());
    try {
      await this.#click.begin();
    } finally {
      this.#working(false);
    }
  }

  /** @returns {import("./click.js").Clicked} */
  #forClick() {
    // Read at each use: what is known of the contact changes while its dialog is open.
    const now = () => ({ place: this.place, status: this.#status, said: this.#said, intent: this.#intent });
    return {
      contactId: this.contactId,
      get place() {
        return now().place;
      },
      get status() {
        return now().status;
      },
      get said() {
        return now().said;
      },
      get intent() {
        return now().intent;
      },
      steps: this.#steps,
      t: (key, values) => this.#t(key, values),
      receive: (contact) => this.receive(contact),
      say: () => this.#say(),
      clicks: () => this.#clicked(),
    };
  }

  /** @param {boolean} busy */
  #working(busy) {
    this.#busy = busy;
    if (busy || this.#shownState === "loading") this.#button.setAttribute("aria-busy", "true");
    else this.#button.removeAttribute("aria-busy");
  }

  // Nothing is done: the words say why, to eyes and ears.
  #say() {
    this.#tip.show();
    this.#spoken.replaceChildren();
    const lines = () => [...this.#tip.element.children].map((line) => line.cloneNode(true));
    this.#tip.soon(() => this.#spoken.append(...lines()), SPOKEN_AFTER);
  }

  #dialogClosed() {
    this.#tip.quiet = true;
    // Unless the person has gone on to something else meanwhile.
    const at = document.activeElement;
    const isFree = !at || at === document.body || this.contains(at) || at.contains(this);
    if (this.isConnected && isFree) this.#button.focus();
    this.#tip.quiet = false;
  }
}

/**
 * A status as it is compared. The same in the other language is no change.
 * @param {IconStatus | null} status
 * @param {boolean} switched
 */
const told = (status, switched) =>
  JSON.stringify(switched && status ? { ...status, summary: "", blockedReason: "" } : status);
