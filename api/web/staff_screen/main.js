// The frame: who is signed in, the rooms, and what stands at the address.

import { isLost, onConnection } from "./transport.js";
import { lastOrganization, onEnded, resume, signOut, who, isSignedIn } from "./session.js";
import { h, notice, show, trouble } from "./dom.js";
import { chooseLanguage, currentLanguage, setZone, t } from "./words.js";
import { go, route, routed } from "./router.js";
import { beginLive, endLive } from "./live.js";
import { prepareIcons } from "./icon.js";
import { explain, listen, withKey } from "./keys.js";

const IDLE = 30 * 60_000;
const ROOMS = [
  ["calendar", "#/calendar"],
  ["contacts", "#/contacts"],
  ["worklist", "#/worklist"],
  ["transfers", "#/transfers"],
];
let last = Date.now();

function frame() {
  document.getElementById("skip").textContent = t("skip");
  const other = currentLanguage() === "es" ? "en" : "es";
  const tongue = h(
    "button",
    { type: "button", class: "quiet", lang: other, onclick: () => speak(other) },
    t("otherLanguage"),
  );
  const top = document.getElementById("top");
  if (!who.viewer) {
    top.replaceChildren(h("div", { class: "brand" }, t("product")), h("div", { class: "me" }, tongue));
    return;
  }
  const here = location.hash.split(/[/?]/)[1] ?? "";
  const search = h("input", {
    type: "search",
    id: "search",
    "aria-label": t("search"),
    placeholder: `${t("search")} (${t("searchKey")})`,
    autocomplete: "off",
    maxlength: "200",
    "aria-keyshortcuts": "Control+K",
  });
  top.replaceChildren(
    h("div", { class: "brand" }, who.organization.name),
    h(
      "nav",
      { "aria-label": t("rooms") },
      h(
        "ul",
        {},
        ROOMS.map(([room, href], at) => {
          const current = room === here || (room === "contacts" && here === "contact");
          const link = h("a", { href, "aria-current": current ? "page" : null, "data-does": t(room) }, t(room));
          return h("li", {}, withKey(String(at + 1), link));
        }),
      ),
    ),
    h(
      "form",
      {
        role: "search",
        onsubmit: (event) => {
          event.preventDefault();
          go("contacts", { search: search.value.trim() });
        },
      },
      search,
    ),
    h(
      "div",
      { class: "me" },
      h("span", { class: "name" }, who.viewer.name),
      h(
        "button",
        { type: "button", class: "quiet keys", "aria-label": t("keys"), title: t("keys"), onclick: explain },
        "?",
      ),
      tongue,
      h("button", { type: "button", class: "quiet", onclick: leave }, t("signOut")),
    ),
  );
}

async function speak(language) {
  await chooseLanguage(language);
  prepareIcons();
  frame();
  if (isSignedIn()) routed();
  else await door();
}

async function leave() {
  endLive();
  const told = await signOut();
  location.hash = "";
  frame();
  await door(t(told ? "signedOut" : "signedOutUntold"));
}

async function door(said = "") {
  for (const open of document.querySelectorAll("dialog")) open.close();
  document.getElementById("notices").replaceChildren();
  endLive();
  frame();
  const { signInPage } = await import("./sign_in.js");
  signInPage(said, lastOrganization(), enter);
}

async function enter() {
  last = Date.now();
  setZone(who.organization.timeZone);
  await prepareIcons();
  if (!location.hash || location.hash === "#main") history.replaceState(null, "", "#/calendar");
  frame();
  beginLive();
  await routed();
}

async function start() {
  await chooseLanguage();
  frame();
  try {
    if (await resume()) await enter();
    else await door();
  } catch (problem) {
    show(t("product"), [trouble(problem, () => location.reload())]);
  }
}

onEnded(() => door(t("sessionEnded")));
onConnection((lost) => {
  document.getElementById("connection").textContent = lost ? t("connectionLost") : t("connectionBack");
  document.getElementById("connection").className = lost ? "lost" : "back";
});
addEventListener("hashchange", () => {
  if (location.hash === "#main") {
    history.replaceState(null, "", route.hash ?? "#/calendar");
    document.querySelector("h1")?.focus();
    return;
  }
  if (isSignedIn()) {
    frame();
    routed();
  }
});
addEventListener("keydown", (event) => {
  last = Date.now();
  if (
    (event.ctrlKey || event.metaKey) &&
    event.key.toLowerCase() === "k" &&
    isSignedIn() &&
    !document.querySelector("dialog:modal")
  ) {
    event.preventDefault();
    document.getElementById("search")?.focus();
  }
});
addEventListener("pointerdown", () => {
  last = Date.now();
});
setInterval(async () => {
  if (!isSignedIn() || Date.now() - last < IDLE) return;
  await signOut();
  await door(t("idleEnded"));
}, 30_000);
addEventListener("online", () => {
  if (isLost()) notice(t("connectionBack"));
});

listen();
start();
