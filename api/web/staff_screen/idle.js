// Nobody works here for a while: a notice a minute before the session ends, and the end. Only what a person does counts;
// live changes and looking again do not. The server's own limit counts requests, so it is told of somebody who types. What
// is done in one window of the browser counts in all that share the session.

import { h } from "../shared/markup.js";
import { dialog } from "./dom.js";
import { isSignedIn, onSaid, query, tell as tellOthers, who } from "./session.js";
import { t } from "./words.js";

const MINUTE = 60_000;
const LOOK = 5_000;
// The server writes down at most once a minute that it was asked something. What is told this long after the last key is
// written down later than the key.
const PAUSE = 65_000;
// The other windows hear of the first key after a pause at once, and of the next ones not one by one.
const SAID_AGAIN = 5_000;

/**
 * @typedef {{ last: number, told: number, limit: number }} Idle since when nobody did anything, when the server was told
 *   last, and after how long the session ends; all in milliseconds
 */

/**
 * @param {Idle} idle
 * @param {number} now
 * @returns {"working" | "notice" | "over"}
 */
export function stageAt({ last, limit }, now) {
  if (now - last >= limit) return "over";
  return now - last >= limit - MINUTE ? "notice" : "working";
}

/**
 * Whether the server must hear that somebody is here: after a pause, and now and then while there is none.
 * @param {Idle} idle
 * @param {number} now
 */
export const mustTell = ({ last, told, limit }, now) => last > told && (now - last >= PAUSE || now - told >= limit / 3);

const idle = { last: Date.now(), told: Date.now(), limit: 0 };
let said = 0;
/** @type {HTMLDialogElement | null} */
let asked = null;

// Somebody is here.
export function active() {
  if (asked) return;
  const at = (idle.last = Date.now());
  if (at - said < SAID_AGAIN) return;
  said = at;
  tellOthers({ what: "active", at });
}

/** Whether no notice is due in this window: what is behind a notice is handed on to no new window. */
export const isWorking = () => stageAt(idle, Date.now()) === "working" || !idle.limit;

/** @param {(minutes: number) => unknown} over */
export function watchIdle(over) {
  addEventListener("keydown", active, { capture: true });
  addEventListener("pointerdown", active, { capture: true });
  onSaid("active", ({ at }) => {
    idle.last = Math.max(idle.last, at);
  });
  onSaid("stays", () => asked?.close());
  setInterval(() => look(over), LOOK);
}

/** @param {(minutes: number) => unknown} over */
function look(over) {
  const minutes = who.organization?.staffIdleMinutes ?? 0;
  if (!isSignedIn() || !minutes) return;
  idle.limit = minutes * MINUTE;
  const now = Date.now();
  const stage = stageAt(idle, now);
  if (stage === "over") {
    closeNotice();
    over(minutes);
  } else if (stage === "notice") {
    if (!asked?.isConnected) ask();
  } else if (mustTell(idle, now)) {
    tell();
  }
}

function tell() {
  idle.told = Date.now();
  query("query StillHere { viewer { __typename } }").catch(() => {});
}

function ask() {
  const stay = h("button", { type: "button", onclick: () => asked?.close() }, t("staySignedIn"));
  const notice = dialog(t("idleNotice"), [h("p", {}, t("idleNoticeBody")), h("div", { class: "buttons" }, stay)]);
  asked = notice;
  notice.setAttribute("role", "alertdialog");
  // By the button or the key Escape; the end takes the notice away without it.
  notice.addEventListener("close", () => {
    if (asked !== notice) return;
    asked = null;
    said = 0;
    active();
    tellOthers({ what: "stays" });
    tell();
  });
  stay.focus();
}

function closeNotice() {
  const open = asked;
  asked = null;
  open?.close();
}
