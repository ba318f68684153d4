// Elements, made without markup: whatever comes from outside is text.

import { kindOf } from "../shared/graphql.js";
import { h, only, written } from "../shared/markup.js";
import { isTooBroad, t, troubleWords } from "./words.js";

const main = () => only(document, "#main");

/**
 * The page's content, its title, and the focus where a reader begins. `quiet`: a new answer to the same question.
 * @param {string} title
 * @param {Child[]} children
 * @param {{ quiet?: boolean }} [how]
 */
export function show(title, children, { quiet = false } = {}) {
  const heading = h("h1", { tabindex: "-1" }, title);
  main().replaceChildren(heading, ...written(children));
  document.title = `${title} · ${t("product")}`;
  if (!quiet) {
    if (!isSearching() && !isChoosing()) heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  return heading;
}

// Whether somebody is typing the next search. A page that comes late would turn the rest of it into single keys.
const isSearching = () => document.activeElement?.matches("#search:not(:placeholder-shown)") ?? false;

// Whether somebody has opened a menu of the head, which closes when the focus leaves it.
const isChoosing = () => Boolean(document.activeElement?.closest(":is(.menu, .fold):has(> [aria-expanded=true])"));

/** @param {string} title */
export const waiting = (title) => show(title, [h("p", { class: "soft", role: "status" }, t("loading"))]);

let muted = false;
/**
 * While nobody is signed in, what a change of the former person still has to say is not shown.
 * @param {boolean} wanted
 */
export function mute(wanted) {
  muted = wanted;
}

export const isMuted = () => muted;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let clearing;
/** @type {{ name: string | null, at: string }} */
const shown = { name: null, at: "" };

/**
 * Whom the present page is about, so that what is said of a change names the person.
 * @param {string | null} name
 */
export const aboutPerson = (name) => {
  shown.name = name;
};

/** Takes away what was said on the page before. What was said of the present address stays. */
export function leaveNotices() {
  shown.name = null;
  places.clear();
  if (shown.at !== location.hash) only(document, "#notices").replaceChildren();
}

/**
 * A short word at the foot of the page, read aloud. With `undo`, a button that takes it back.
 * @param {string} text
 * @param {(() => unknown) | null} undo
 * @param {string | null} name the person it is about
 */
export function notice(text, undo = null, name = shown.name) {
  if (muted) return;
  const box = only(document, "#notices");
  shown.at = location.hash;
  failed = null;
  const button =
    undo &&
    h(
      "button",
      {
        type: "button",
        onclick: () => {
          box.replaceChildren();
          undo();
        },
      },
      t("undo"),
    );
  const close = h("button", { type: "button", class: "quiet", onclick: () => box.replaceChildren() }, t("dismiss"));
  box.replaceChildren(h("p", {}, name && !text.includes(name) ? `${name}: ${text}` : text), button ?? "", close);
  makeRoom(box);
  clearTimeout(clearing);
  if (!undo)
    clearing = setTimeout(() => {
      if (!box.contains(document.activeElement)) box.replaceChildren();
    }, 12_000);
}

/** @type {ResizeObserver | undefined} */
let measuring;
/**
 * The page keeps as much room at its foot as what is said there takes, so that it can be scrolled from under it.
 * @param {HTMLElement} box
 */
function makeRoom(box) {
  measuring ??= new ResizeObserver(() => {
    document.documentElement.style.setProperty("--said", `${box.offsetHeight}px`);
  });
  measuring.observe(box);
}

/**
 * @param {unknown} problem
 * @param {(() => unknown) | null} again
 */
export function trouble(problem, again = null) {
  const words = isTooBroad(problem) ? t("tooBroad") : troubleWords(problem);
  const box = h("div", { class: "alert", role: "alert" }, h("p", {}, words));
  if (again) box.append(h("button", { type: "button", onclick: again }, t("tryAgain")));
  return box;
}

/**
 * A dialog with a heading, its content, and a way out. Answers its element; `close()` gives the focus back.
 * @param {string} title
 * @param {Child[]} children
 * @param {{ onclose?: () => void }} [options]
 */
export function dialog(title, children, { onclose } = {}) {
  const heading = h("h2", { tabindex: "-1", id: `d${nextId()}` }, title);
  const box = h("dialog", { "aria-labelledby": heading.id }, heading, children);
  const before = document.activeElement;
  box.addEventListener("close", () => {
    box.remove();
    onclose?.();
    if (before instanceof HTMLElement && before.isConnected && isNowhere()) before.focus();
  });
  if (muted) return box;
  document.body.append(box);
  box.showModal();
  heading.focus();
  return box;
}

// Whether the focus went with what was closed.
export const isNowhere = () => !document.activeElement || document.activeElement === document.body;

let ids = 0;
export const nextId = () => (ids += 1);

// A person who sees nothing happen for so long presses again.
const SLOW = 800;

/**
 * Says in `place` that something is under way if it takes long. What is returned takes the word back.
 * @param {HTMLElement} place
 */
export function sayWhenSlow(place) {
  const word = h("p", { class: "soft", role: "status" });
  place.append(word);
  const timer = setTimeout(() => {
    word.textContent = t("takesLong");
  }, SLOW);
  return () => {
    clearTimeout(timer);
    word.remove();
  };
}

// What the last button could not do, and where each button of the page says so. A page is drawn anew under what is said
// when something else changes: the new button says it again, until the next thing is done.
/** @type {{ name: string, problem: unknown } | null} */
let failed = null;
/** @type {Map<string, HTMLElement>} */
const places = new Map();

/**
 * For what a button or key does or opens after it has asked the server: pressed again meanwhile, it does nothing twice.
 * What went wrong is said at the foot of the page.
 * @param {() => unknown} work
 */
export function once(work) {
  let isUnderWay = false;
  return async () => {
    if (isUnderWay) return;
    isUnderWay = true;
    try {
      await work();
    } catch (problem) {
      if (kindOf(problem) !== "ended") notice(troubleWords(problem));
    } finally {
      isUnderWay = false;
    }
  };
}

/**
 * A button that does something once at a time, and says beside itself when it could not.
 * @param {string} text
 * @param {() => unknown} work
 * @param {{ quiet?: boolean, kind?: string, label?: string | null }} [how]
 */
export function action(text, work, { quiet = true, kind = "", label = null } = {}) {
  const said = h("div", { class: "said" });
  const name = `${location.hash} ${label ?? text}`;
  const button = h(
    "button",
    { type: "button", class: `${quiet ? "quiet" : ""} ${kind}`, "aria-label": label, onclick: press },
    text,
  );
  places.set(name, said);
  if (failed?.name === name) said.append(trouble(failed.problem));
  async function press() {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    failed = null;
    said.replaceChildren();
    const done = sayWhenSlow(said);
    try {
      await work();
      done();
    } catch (problem) {
      done();
      failed = { name, problem };
      const place = said.isConnected ? said : (places.get(name) ?? said);
      place.replaceChildren(trouble(problem));
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }
  return h("span", { class: "action" }, button, said);
}

/**
 * @param {string} href
 * @param {...Child} children
 */
export const link = (href, ...children) => h("a", { href }, ...children);
/** @param {[term: string, value: Child][]} rows */
export const facts = (rows) =>
  h(
    "dl",
    {},
    rows.map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))),
  );
/**
 * @param {string} title
 * @param {...Child} children
 */
export const section = (title, ...children) => h("section", { class: "card" }, h("h2", {}, title), ...children);
/**
 * @param {string} text
 * @param {...Child} more
 */
export const empty = (text, ...more) => h("div", { class: "empty" }, h("p", {}, text), ...more);
