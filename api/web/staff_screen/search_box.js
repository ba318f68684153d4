// The search at the top of every page: suggestions while somebody types, and a single hit opens.

import { h } from "../shared/markup.js";
import { nextId } from "./dom.js";
import { limits } from "./limits.js";
import { go } from "./navigate.js";
import { query } from "./session.js";
import { date, t } from "./words.js";

const FIND = "query ($search: String) { contacts(search: $search, first: 6) { nodes { id displayName dateOfBirth } } }";
// Fewer letters would suggest anybody, and each person who is suggested counts as looked at.
const FEWEST_LETTERS = 3;
const PAUSE = 250;

/** @typedef {Named & { dateOfBirth: string | null }} Suggestion */

/** The list under the search: opened while somebody types, and chosen from by arrow keys or mouse. */
class Suggestions {
  /** @type {Suggestion[]} */
  #people = [];
  #chosen = -1;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #asking = new AbortController();

  /**
   * @param {HTMLInputElement} search
   * @param {string} id
   */
  constructor(search, id) {
    this.search = search;
    this.list = h("ul", { id, role: "listbox", class: "suggestions", hidden: true, "aria-label": t("suggestions") });
    this.said = h("span", { class: "unseen", role: "status" });
    search.addEventListener("input", () => this.#wait());
    search.addEventListener("keydown", (event) => this.#press(event));
    search.addEventListener("blur", () => this.close());
  }

  #wait() {
    this.close();
    if (this.search.value.trim().length >= FEWEST_LETTERS) this.#timer = setTimeout(() => this.#suggest(), PAUSE);
  }

  async #suggest() {
    const { signal } = (this.#asking = new AbortController());
    try {
      const found = await query(FIND, { search: this.search.value.trim() }, { patient: false, signal });
      if (!signal.aborted && this.search.isConnected) this.#open(found.contacts.nodes);
    } catch {
      // A suggestion that fails is none; the search itself says what is wrong.
    }
  }

  /** @param {Suggestion[]} people */
  #open(people) {
    this.#people = people;
    this.list.replaceChildren(
      ...people.map((person, at) => option(person, `${this.list.id}-${at}`, () => this.#take(person))),
    );
    this.list.hidden = people.length === 0;
    this.search.setAttribute("aria-expanded", String(people.length > 0));
    this.said.textContent = people.length ? t("suggested", { count: people.length }) : "";
  }

  close() {
    clearTimeout(this.#timer);
    this.#asking.abort();
    this.#chosen = -1;
    this.#open([]);
    this.search.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const many = this.#people.length;
    if (!many) return;
    if (event.key === "Escape") this.close();
    else if (event.key === "ArrowDown") this.#mark((this.#chosen + 1) % many);
    else if (event.key === "ArrowUp") this.#mark((Math.max(this.#chosen, 0) + many - 1) % many);
    else return;
    event.preventDefault();
  }

  /** @param {number} at */
  #mark(at) {
    this.#chosen = at;
    for (const [place, one] of [...this.list.children].entries()) {
      one.setAttribute("aria-selected", String(place === at));
    }
    this.search.setAttribute("aria-activedescendant", `${this.list.id}-${at}`);
  }

  /** Whether somebody was chosen by the arrow keys; their record is opened. */
  takeChosen() {
    const person = this.#people[this.#chosen];
    if (person) this.#take(person);
    return Boolean(person);
  }

  /** @param {Suggestion} person */
  #take(person) {
    this.search.value = "";
    this.close();
    go("contact", {}, person.id);
  }
}

/**
 * @param {Suggestion} person
 * @param {string} id
 * @param {() => void} take
 */
const option = ({ displayName, dateOfBirth }, id, take) =>
  h(
    "li",
    {
      id,
      role: "option",
      "aria-selected": "false",
      // Before the field loses the focus, and the list with it.
      onpointerdown: (/** @type {PointerEvent} */ event) => {
        event.preventDefault();
        take();
      },
    },
    displayName,
    dateOfBirth && h("span", { class: "soft" }, t("bornOn", { date: date(dateOfBirth, "short") })),
  );

export function searchBox() {
  const id = `suggested${nextId()}`;
  const search = h("input", {
    type: "search",
    id: "search",
    role: "combobox",
    "aria-label": t("search"),
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": id,
    // As in the style sheet: keys are shown where there is a keyboard, and room.
    placeholder: matchMedia("(max-width: 60rem)").matches ? t("search") : `${t("search")} (${t("searchKey")})`,
    autocomplete: "off",
    maxlength: limits.LONGEST_SEARCH,
    "aria-keyshortcuts": "Control+K",
  });
  const offered = new Suggestions(search, id);
  const asked = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (offered.takeChosen()) return;
    offered.close();
    find(search.value);
    // What is typed from now on is another search, and stays while this one's answer is on its way.
    search.value = "";
  };
  return h("form", { role: "search", onsubmit: asked }, search, offered.list, offered.said);
}

/**
 * Shows who is found; somebody who is found alone is opened.
 * @param {string} text
 */
export const find = (text) => go("contacts", { search: text.trim(), single: text.trim() ? "opens" : "" });
