// Which view stands at which address, and how it takes the place of the one before.

import { kindOf, Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { isMuted, leaveNotices, link, show, trouble, waiting } from "./dom.js";
import { stopWatching } from "./live.js";
import { go, showAddressesBy } from "./navigate.js";
import { untilNoDialog } from "./redraw.js";
import { isRoom, lacking } from "./rooms.js";
import { may, who } from "./session.js";
import { isOfFormerPerson, markEntry } from "./switch_person.js";
import { t, wholeWords } from "./words.js";

/**
 * What a view is about, and a signal that ends with it. `settled` says that it has what it shows.
 * @typedef {{ id: string, values: URLSearchParams, signal: AbortSignal, settled: () => void }} About
 */

/** @type {Record<import("./rooms.js").Room, () => Promise<{ view: (about: About) => Promise<void> }>>} */
const VIEWS = {
  calendar: () => import("./calendar.js"),
  contacts: () => import("./contacts.js"),
  contact: () => import("./contact.js"),
  audit: () => import("./audit.js"),
  worklist: () => import("./worklist.js"),
  transfers: () => import("./transfers.js"),
  letters: () => import("./letters.js"),
  erasable: () => import("./erasable.js"),
  staff: () => import("./staff_page.js"),
  webhooks: () => import("./webhooks.js"),
  programs: () => import("./programs.js"),
  settings: () => import("./settings.js"),
  import: () => import("./import_page.js"),
  account: () => import("./own_account.js"),
};

/** @type {{ hash: string | null }} */
export const route = { hash: null };
let leaving = new AbortController();

/** What is still on its way to the present page is not shown any more. */
export function leavePage() {
  leaving.abort(new DOMException("left", "AbortError"));
}

export const startAddress = () => (may("VIEW_CONTACTS") ? "#/calendar" : "#/account");

/** Shows what stands at the address. */
export async function routed() {
  if (isMuted()) return;
  leavePage();
  leaving = new AbortController();
  const person = who.viewer?.id ?? null;
  if (isOfFormerPerson(person)) history.replaceState(null, "", startAddress());
  markEntry(person);
  stopWatching();
  leaveNotices();
  for (const open of document.querySelectorAll("dialog")) open.close();
  const { signal } = leaving;
  route.hash = location.hash;
  const main = only(document, "#main");
  main.setAttribute("aria-busy", "true");
  const [path = "", query = ""] = location.hash.slice(2).split("?");
  const [name = "", id = ""] = path.split("/");
  if (who.viewer?.mustAddFactor && name !== "account") {
    go("account");
    return;
  }
  if (!isRoom(name)) {
    main.removeAttribute("aria-busy");
    show(t("notThere"), [h("p", {}, t("notThereBody")), h("p", {}, link("#/calendar", t("toCalendar")))]);
    return;
  }
  const title = t(name === "audit" || name === "contact" ? "record" : name);
  const permission = lacking(name, may);
  if (permission) {
    main.removeAttribute("aria-busy");
    show(title, [trouble(new Trouble("forbidden", "", { permission }))]);
    return;
  }
  const slow = setTimeout(() => {
    if (!signal.aborted) waiting(title);
  }, 250);
  const settled = () => clearTimeout(slow);
  try {
    const [{ view }] = await Promise.all([VIEWS[name](), name === "calendar" || wholeWords()]).catch((problem) => {
      // A view is loaded when it is first opened, and a browser says by a TypeError that it could not be.
      throw problem instanceof TypeError ? new Trouble("pageOffline") : problem;
    });
    await view({ id: decodeURIComponent(id), values: new URLSearchParams(query), signal, settled });
  } catch (problem) {
    if (signal.aborted || kindOf(problem) === "ended") return;
    settled();
    show(title, [trouble(problem, routed)]);
  } finally {
    settled();
    if (!signal.aborted) main.removeAttribute("aria-busy");
  }
}

// What somebody types in a dialog is not taken away by the late answer to something else.
showAddressesBy(async () => {
  const { signal } = leaving;
  await untilNoDialog(signal);
  if (!signal.aborted) await routed();
});
