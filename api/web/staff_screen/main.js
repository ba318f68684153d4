// The frame: who is signed in, the rooms, and what stands at the address.

import { Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { isMuted, mute, notice, once, show, trouble } from "./dom.js";
import { doorAtAddress, doorPage } from "./doors.js";
import { prepareIcons } from "./icon.js";
import { active, isWorking, watchIdle } from "./idle.js";
import { explain, listen, withKey } from "./keys.js";
import { beginLive, endLive, onPractice } from "./live.js";
import { folded, menu } from "./menu.js";
import { offered } from "./rooms.js";
import { leavePage, route, routed, startAddress } from "./router.js";
import { searchBox } from "./search_box.js";
import {
  followAway,
  handOnWhile,
  here,
  isOutlived,
  isSignedIn,
  lastOrganization,
  learn,
  may,
  onEnded,
  onSaid,
  proveWith,
  resume,
  signOut,
  switchAway,
  who,
} from "./session.js";
import { closesWithPerson, closeWindows, onSwitch } from "./switch_person.js";
import { isLost, onConnection } from "./transport.js";
import { putAside, putBack } from "./typed.js";
import { chooseLanguage, currentLanguage, setZone, t, wholeWords } from "./words.js";

// The rooms of every day stay in the head's one line. The others are in a menu, where they are more than one.
const EVERY_DAY = 4;
// Whether the page shows another way in than the sign-in.
let atDoor = false;
// Whether it shows the sign-in.
let isAsking = false;
// Whose practice the frame was drawn for. It is drawn anew only for another: somebody may be typing in it.
/** @type {typeof who.organization} */
let framed = null;
/** Who was signed in here last. @type {string | null} */
let lastPerson = null;
// Where somebody was when their session ended because nobody worked: it leads the same person back, and no other.
/** @type {{ person: string, address: string } | null} */
let left = null;

function frame() {
  only(document, "#skip").textContent = t("skip");
  const other = currentLanguage() === "es" ? "en" : "es";
  const tongue = h(
    "button",
    { type: "button", class: "quiet", lang: other, onclick: () => speak(other) },
    t("otherLanguage"),
  );
  const top = only(document, "#top");
  const { viewer, organization } = who;
  framed = organization;
  if (!viewer || !organization) {
    top.replaceChildren(h("div", { class: "brand" }, t("product")), h("div", { class: "me" }, tongue));
    return;
  }
  top.replaceChildren(
    h("div", { class: "brand" }, h("span", { title: organization.name }, organization.name)),
    h("nav", { "aria-label": t("rooms") }, folded(t("menu"), rooms())),
    may("VIEW_CONTACTS") ? searchBox() : "",
    h(
      "div",
      { class: "me" },
      folded(viewer.name, [
        h("a", { href: "#/account", class: "signed-in", title: viewer.name }, h("span", {}, viewer.name), t("account")),
        h(
          "button",
          { type: "button", class: "quiet keys", "aria-label": t("keys"), title: t("keys"), onclick: explain },
          "?",
        ),
        tongue,
        withKey("W", h("button", { type: "button", class: "quiet", onclick: once(switchPerson) }, t("switchPerson"))),
        h("button", { type: "button", class: "quiet", onclick: once(leave) }, t("signOut")),
      ]),
    ),
  );
  markRoom();
}

function rooms() {
  const links = offered(may).map((one, at) =>
    withKey(String(at + 1), h("a", { href: `#/${one}`, "data-does": t(one) }, t(one))),
  );
  const daily = links.length > EVERY_DAY + 1 ? EVERY_DAY : links.length;
  const rest = links.slice(daily);
  return [...links.slice(0, daily), rest.length > 0 && menu(t("moreRooms"), rest)];
}

/** Says which of the rooms one is in. */
function markRoom() {
  const [, name = ""] = location.hash.split(/[/?]/);
  const room = ["contact", "import"].includes(name) ? "contacts" : name === "erasable" ? "settings" : name;
  for (const link of only(document, "#top").querySelectorAll("nav a, a.signed-in")) {
    if (link.getAttribute("href") === `#/${room}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** @param {string} language */
async function speak(language) {
  await chooseLanguage(language);
  prepareIcons();
  frame();
  if (isSignedIn()) routed();
  else await door();
}

// Signs out, and lets somebody else sign in: the page is blank before anything else, and nothing of it is kept.
async function leave() {
  blank(null);
  const told = await signOut();
  location.hash = "";
  await door(t(told ? "signedOut" : "signedOutUntold"));
}

// The same in every window of this browser. What was typed waits in this window's memory for the same person only.
async function switchPerson() {
  blank(who.viewer?.id ?? null);
  const told = await switchAway();
  await door(t(told ? "switchedPerson" : "signedOutUntold"));
}

async function followSwitch() {
  if (!isOutlived()) return;
  blank(who.viewer?.id ?? null);
  await followAway();
  await door(t("switchedPerson"));
}

/** @param {string | null} person for whom what was typed is kept */
function blank(person) {
  leavePage();
  mute(true);
  putAside(person, { isAway: true });
  endLive();
  closeWindows();
  only(document, "#notices").replaceChildren();
  only(document, "#top").replaceChildren(h("div", { class: "brand" }, t("product")));
  document.title = t("product");
  history.replaceState(null, "", "#/");
}

/** @param {number} minutes */
async function idleOver(minutes) {
  blankIdle(who.viewer?.id ?? null);
  await signOut("idle");
  await door(t("idleEnded", { minutes }));
}

/** @param {string | null} person */
function blankIdle(person) {
  leavePage();
  putAside(person);
  left = person ? { person, address: location.hash } : null;
  history.replaceState(null, "", "#/");
  endLive();
}

/**
 * The session ended, by the server or in another window.
 * @param {string | null} person
 * @param {string} how
 */
function ended(person, how) {
  // Who switches or signs out is led on anyway.
  if (isMuted()) return;
  if (how === "signedOut" || how === "switched") {
    blank(how === "switched" ? person : null);
    door(t(how === "switched" ? "switchedPerson" : "signedOut"));
  } else if (how === "idle") {
    blankIdle(person);
    door(t("idleEnded", { minutes: who.organization?.staffIdleMinutes }));
  } else {
    putAside(person);
    door(t("sessionEnded"));
  }
}

// Somebody signed in in another window: this one goes on, too, where it only asks for the sign-in.
async function joinOthers() {
  if (!isAsking || doorAtAddress() || isSignedIn()) return;
  if ((await resume()) && isAsking) await enter();
}

async function door(said = "") {
  for (const open of document.querySelectorAll("dialog")) open.close();
  only(document, "#notices").replaceChildren();
  endLive();
  frame();
  const at = said ? null : doorAtAddress();
  atDoor = at !== null;
  isAsking = at === null;
  if (at) {
    doorPage(at, enter);
    return;
  }
  const { signInPage } = await import("./sign_in.js");
  signInPage(said, lastOrganization(), enter);
}

async function enter() {
  isAsking = false;
  const person = here().viewer.id;
  if (lastPerson && lastPerson !== person) {
    // Whatever this window's memory holds was another person's.
    history.replaceState(null, "", startAddress());
    location.reload();
    return;
  }
  lastPerson = person;
  if (left?.person === person && isNowhere()) history.replaceState(null, "", left.address);
  left = null;
  mute(false);
  active();
  setZone(here().organization.timeZone);
  await prepareIcons();
  frame();
  beginLive();
  if (putBack(person)) return;
  if (isNowhere()) history.replaceState(null, "", startAddress());
  await routed();
}

const isNowhere = () => ["", "#", "#/", "#main", "#/forgot"].includes(location.hash);

async function start() {
  await chooseLanguage();
  frame();
  try {
    // A mailed link is for whoever got it, not for whoever is signed in here.
    if (!doorAtAddress() && (await resume())) await enter();
    else await door();
  } catch (problem) {
    show(t("product"), [trouble(problem, () => location.reload())]);
  }
}

// Few who open the screen do what asks for it, so it is loaded when it is needed.
proveWith(async () => {
  const [{ askForFreshSignIn }] = await Promise.all([import("./fresh_sign_in.js"), wholeWords()]).catch((problem) => {
    throw problem instanceof TypeError ? new Trouble("partOffline") : problem;
  });
  await askForFreshSignIn();
});
onEnded(ended);
onSaid("begun", joinOthers);
handOnWhile(() => !isMuted() && isWorking());
onSwitch(followSwitch);
addEventListener("portal-status-sheet", (event) => {
  if (event instanceof CustomEvent) closesWithPerson(event.detail);
});
onPractice(async () => {
  await learn();
  setZone(here().organization.timeZone);
  only(document, "#top .brand span").textContent = here().organization.name;
});
onConnection((lost) => {
  const said = only(document, "#connection");
  said.textContent = lost ? t("connectionLost") : t("connectionBack");
  said.className = lost ? "lost" : "back";
});
addEventListener("hashchange", () => {
  if (location.hash === "#main") {
    history.replaceState(null, "", route.hash ?? "#/calendar");
    document.querySelector("h1")?.focus();
    return;
  }
  if (!isSignedIn()) {
    if (doorAtAddress() || atDoor) door();
  } else if (doorAtAddress()) {
    signOut().then(() => door());
  } else if (who.viewer) {
    // Before it is known who is here, nothing is shown: what stands at the address then is shown with the frame.
    if (framed === who.organization) markRoom();
    else frame();
    routed();
  }
});
addEventListener("keydown", (event) => {
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
watchIdle(idleOver);
addEventListener("online", () => {
  if (isLost()) notice(t("connectionBack"));
});

listen();
start();
