// Addresses of the screen: what stands behind the # names a view and what it is about.

import { h, link, show, trouble, waiting } from "./dom.js";
import { t } from "./words.js";
import { stopWatching } from "./live.js";

const VIEWS = {
  calendar: () => import("./calendar.js"),
  contacts: () => import("./contacts.js"),
  contact: () => import("./contact.js"),
  audit: () => import("./audit.js"),
  worklist: () => import("./worklist.js"),
  transfers: () => import("./transfers.js"),
};

export const route = { hash: null };
let leaving = new AbortController();

export function address(view, values = {}, id = "") {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();
  return `#/${view}${id ? `/${encodeURIComponent(id)}` : ""}${query ? `?${query}` : ""}`;
}

export function go(view, values, id) {
  const to = address(view, values, id);
  if (location.hash === to) routed();
  else location.hash = to;
}

// Shows what stands at the address. A view is handed what it is about, and a signal that ends with it.
export async function routed() {
  leaving.abort(new DOMException("left", "AbortError"));
  leaving = new AbortController();
  stopWatching();
  for (const open of document.querySelectorAll("dialog")) open.close();
  const { signal } = leaving;
  route.hash = location.hash;
  const main = document.getElementById("main");
  main.setAttribute("aria-busy", "true");
  const [path, query = ""] = location.hash.slice(2).split("?");
  const [name, id = ""] = path.split("/");
  const load = VIEWS[name];
  if (!load) {
    main.removeAttribute("aria-busy");
    show(t("notThere"), [h("p", {}, t("notThereBody")), h("p", {}, link("#/calendar", t("toCalendar")))]);
    return;
  }
  const slow = setTimeout(() => {
    if (!signal.aborted) waiting(t(name === "audit" || name === "contact" ? "record" : name));
  }, 250);
  try {
    const { view } = await load();
    const about = { id: decodeURIComponent(id), values: new URLSearchParams(query), signal };
    await view({ ...about, settled: () => clearTimeout(slow) });
  } catch (problem) {
    if (signal.aborted || problem.kind === "ended") return;
    clearTimeout(slow);
    show(t(VIEWS[name] ? (name === "audit" || name === "contact" ? "record" : name) : "product"), [
      trouble(problem, routed),
    ]);
  } finally {
    clearTimeout(slow);
    if (!signal.aborted) main.removeAttribute("aria-busy");
  }
}
