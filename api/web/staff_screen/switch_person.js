// Another person takes the place at a shared workstation. Every window of this screen in this browser goes blank and
// signs out, and the next person inherits nothing: no page, no address to go back to, no window with a document.

const KEPT = "vestibule.staff.switched";

/** @type {Set<Window>} */
const opened = new Set();

/** Names the last switch in this browser, and the session that it ended. It says nothing about anybody. */
export function lastSwitch() {
  try {
    return localStorage.getItem(KEPT) ?? "";
  } catch {
    return "";
  }
}

/**
 * Tells the other windows.
 * @param {string} session the name of the session that ends here
 */
export function tellSwitch(session) {
  try {
    localStorage.setItem(KEPT, `${crypto.randomUUID()} ${session}`);
  } catch {
    /* This window alone, then. */
  }
}

/**
 * Whether the last switch ended this session, so that the window of the switch tells the server.
 * @param {string} session its name
 */
export const wasSwitchOf = (session) => lastSwitch().endsWith(` ${session}`);

/**
 * Calls when the person may have been switched in another window, also while the browser had put this one away.
 * @param {() => unknown} listener
 */
export function onSwitch(listener) {
  addEventListener("storage", ({ key }) => key === KEPT && listener());
  addEventListener("pageshow", listener);
  document.addEventListener("visibilitychange", listener);
}

/**
 * A window with a record, such as a document's: it is closed when the person is switched.
 * @param {Window} one
 */
export const closesWithPerson = (one) => opened.add(one);

export function closeWindows() {
  for (const one of opened) one.close();
  opened.clear();
}

/**
 * Whether the present entry of the browser's history is from before the last switch, or was shown to another person.
 * @param {string | null} person
 */
export function isOfFormerPerson(person) {
  const marked = history.state;
  return marked?.since !== undefined && (marked.since !== lastSwitch() || marked.person !== person);
}

/**
 * Marks the present entry of the browser's history as this person's.
 * @param {string | null} person
 */
export const markEntry = (person) => history.replaceState({ since: lastSwitch(), person }, "");
