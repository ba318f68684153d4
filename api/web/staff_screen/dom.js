// Elements, made without markup: whatever comes from outside is text.

import { t, troubleWords } from "./words.js";

export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

const main = () => document.getElementById("main");

// The page's content, its title, and the focus where a reader begins. `quiet`: a new answer to the same question.
export function show(title, children, { quiet = false } = {}) {
  const heading = h("h1", { tabindex: "-1" }, title);
  main().replaceChildren(...[heading, children].flat(Infinity).filter(Boolean));
  document.title = `${title} · ${t("product")}`;
  if (!quiet) {
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  return heading;
}

export const waiting = (title) => show(title, [h("p", { class: "soft", role: "status" }, t("loading"))]);

let clearing = 0;
// A short word at the foot of the page, read aloud. With `undo`, a button that takes it back.
export function notice(text, undo = null) {
  const box = document.getElementById("notices");
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
  box.replaceChildren(h("p", {}, text), button ?? "", close);
  clearTimeout(clearing);
  if (!undo)
    clearing = setTimeout(() => {
      if (!box.contains(document.activeElement)) box.replaceChildren();
    }, 12_000);
}

export function trouble(problem, again = null) {
  const box = h("div", { class: "alert", role: "alert" }, h("p", {}, troubleWords(problem)));
  if (again) box.append(h("button", { type: "button", onclick: again }, t("tryAgain")));
  return box;
}

// A dialog with a heading, its content, and a way out. Answers its element; `close()` gives the focus back.
export function dialog(title, children, { onclose } = {}) {
  const heading = h("h2", { tabindex: "-1", id: `d${nextId()}` }, title);
  const box = h("dialog", { "aria-labelledby": heading.id }, heading, children);
  const before = document.activeElement;
  box.addEventListener("close", () => {
    box.remove();
    onclose?.();
    if (before?.isConnected && isNowhere()) before.focus();
  });
  document.body.append(box);
  box.showModal();
  (box.querySelector("[autofocus]") ?? heading).focus();
  return box;
}

// Whether the focus went with what was closed.
export const isNowhere = () => !document.activeElement || document.activeElement === document.body;

let ids = 0;
export const nextId = () => (ids += 1);

// A button that does something once at a time, and says beside itself when it could not.
export function action(text, work, { quiet = true, kind = "", label = null } = {}) {
  const said = h("div", { class: "said" });
  const button = h(
    "button",
    { type: "button", class: `${quiet ? "quiet" : ""} ${kind}`, "aria-label": label, onclick: press },
    text,
  );
  async function press() {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    said.replaceChildren();
    try {
      await work();
    } catch (problem) {
      said.replaceChildren(trouble(problem));
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }
  return h("span", { class: "action" }, button, said);
}

export const link = (href, ...children) => h("a", { href }, ...children);
export const facts = (rows) =>
  h(
    "dl",
    {},
    rows.filter(Boolean).map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))),
  );
export const section = (title, ...children) => h("section", { class: "card" }, h("h2", {}, title), ...children);
export const empty = (text, ...more) => h("div", { class: "empty" }, h("p", {}, text), ...more);
