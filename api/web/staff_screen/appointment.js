// The appointment window: beside the calendar where there is room, over it where there is not.

import { h, written } from "../shared/markup.js";
import { acts } from "./appointments.js";
import { action, facts, isNowhere, link, trouble } from "./dom.js";
import { keyedIcon } from "./icon.js";
import { withKey } from "./keys.js";
import { loadLater } from "./load_later.js";
import { address } from "./navigate.js";
import { may, query } from "./session.js";
import { date, t, time } from "./words.js";

const CONTACT = `query ($id: ID!) { contact(id: $id) { id displayName dateOfBirth email kind
  currentEpisode { facility { name } } portalStatus { state summary blockedReason } } }`;

// Ends with the appointment that is shown.
let shown = new AbortController();

/**
 * @param {HTMLDialogElement} panel
 * @param {Appointment} appointment
 * @param {HTMLElement} opener
 * @param {Again} again
 */
export async function openAppointment(panel, appointment, opener, again) {
  const { contact } = appointment;
  panel.dataset["shows"] = appointment.id;
  const elsewhere = await saidElsewhere(appointment);
  // Another one may have been opened meanwhile.
  if (panel.dataset["shows"] !== appointment.id) return;
  const heading = h("h2", { tabindex: "-1", id: "appointment-name" }, contact.displayName);
  const details = h("div", { "aria-live": "polite" }, h("p", { class: "soft" }, t("loading")));
  shown.abort();
  shown = new AbortController();
  panel.onclose = () => {
    // The browser tells of a close late: keys go first. Meanwhile the next appointment may have been opened.
    if (panel.open) return;
    shown.abort();
    panel.replaceChildren();
    markChosen(panel);
    // Unless the person has gone on to something else meanwhile. The calendar may have been drawn anew.
    if (isNowhere()) (openerOf(panel) ?? opener).focus();
  };
  const state = keyedIcon(contact.id, contact.displayName);
  // What is shown here is over once something was done with it: the calendar is drawn anew.
  const closing = async () => {
    if (panel.open) panel.close();
    await again();
  };
  panel.replaceChildren(
    ...written([
      top(panel),
      heading,
      h("div", { class: "status" }, state),
      planned(appointment, elsewhere),
      may("MANAGE_CONTACTS") && offers(appointment, closing),
      details,
      h(
        "p",
        {},
        withKey("O", link(address("contact", {}, contact.id), t("openRecord", { name: contact.displayName }))),
      ),
    ]),
  );
  panel.setAttribute("aria-labelledby", heading.id);
  // Over the calendar it keeps the focus to itself; beside it, both can be used.
  if (!panel.open) matchMedia("(max-width: 60rem)").matches ? panel.showModal() : panel.show();
  markChosen(panel);
  panel.onkeydown = (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog:modal")) return;
    event.preventDefault();
    panel.close();
  };
  heading.focus();
  panel.addEventListener("portal-status-change", fill, { signal: shown.signal });

  async function fill() {
    try {
      /** @type {ListedContact | null} */
      const found = (await query(CONTACT, { id: contact.id })).contact;
      details.replaceChildren(found ? about(found) : h("p", {}, t("contactGone")));
    } catch (problem) {
      details.replaceChildren(trouble(problem, fill));
    }
  }
  await fill();
}

/**
 * The button of the appointment that is shown, in the calendar as it is drawn now.
 * @param {HTMLDialogElement} panel
 * @returns {HTMLElement | null}
 */
const openerOf = (panel) =>
  document.querySelector(`button[data-appointment="${CSS.escape(panel.dataset["shows"] ?? "")}"]`);

/**
 * Marks the row of the appointment that is shown, and no other.
 * @param {HTMLDialogElement} panel
 */
export function markChosen(panel) {
  for (const row of document.querySelectorAll(".chosen")) row.classList.remove("chosen");
  if (panel.open) openerOf(panel)?.closest("tr, li")?.classList.add("chosen");
}

/** @param {HTMLDialogElement} panel */
const top = (panel) =>
  h(
    "div",
    { class: "panel-top" },
    h("p", { class: "soft" }, t("appointment")),
    h(
      "button",
      { type: "button", class: "quiet", "aria-keyshortcuts": "Escape", onclick: () => panel.close() },
      t("close"),
      h("kbd", { "aria-hidden": "true" }, "Esc"),
    ),
  );

/**
 * What the system that it comes from says of it, if that is more than the calendar says.
 * @param {Appointment} appointment
 * @returns {Promise<[term: string, value: string][]>}
 */
async function saidElsewhere({ sourceStatus }) {
  if (!sourceStatus) return [];
  const { sourceWords } = await import("./source_status.js");
  const words = sourceWords(sourceStatus);
  return words ? [[t("sourceStatus"), words]] : [];
}

/**
 * @param {Appointment} appointment
 * @param {Again} again
 */
const offers = (appointment, again) =>
  h(
    "div",
    {},
    h("div", { class: "buttons" }, keys(appointment, again)),
    h("p", { class: "hint" }, t("noLetterHint")),
    h(
      "p",
      {},
      action(t("externalIds"), () => callElsewhere(appointment)),
    ),
  );

/** @param {Appointment} appointment */
const callElsewhere = ({ id, startsAt, contact }) =>
  loadLater(
    () => import("./external_ids.js"),
    ({ editThoseOfAppointment }) =>
      editThoseOfAppointment(id, `${contact.displayName}, ${date(startsAt, "short")}, ${time(startsAt)}`),
  );

/**
 * @param {Appointment} appointment
 * @param {[term: string, value: string][]} elsewhere
 */
const planned = ({ startsAt, endsAt, staffMember, facility, cancelledAt }, elsewhere) =>
  h(
    "div",
    {},
    facts([
      [t("when"), `${date(startsAt, "full")}, ${time(startsAt)} – ${time(endsAt)}`],
      [t("staffMember"), staffMember?.name ?? "--"],
      [t("facility"), facility?.name ?? "--"],
      ...elsewhere,
    ]),
    cancelledAt && h("p", { class: "blocked" }, t("cancelledOn", { date: date(cancelledAt, "short") })),
  );

/**
 * @param {Appointment} appointment
 * @param {Again} again
 */
function keys(appointment, again) {
  const [first, second] = acts(appointment, appointment.contact, again);
  const buttons = [first, second].map((one) => one?.querySelector("button"));
  if (buttons[0]) withKey(appointment.cancelledAt ? "U" : "M", buttons[0]);
  if (buttons[1]) withKey("X", buttons[1]);
  return [first, second];
}

/** @param {ListedContact} contact */
function about(contact) {
  const { portalStatus } = contact;
  return h(
    "div",
    {},
    h("p", { class: "summary" }, portalStatus.summary),
    portalStatus.blockedReason && h("p", { class: "blocked" }, portalStatus.blockedReason),
    facts([
      [t("born"), date(contact.dateOfBirth)],
      [t("email"), contact.email ?? t("noAddress")],
      [t("episode"), contact.currentEpisode?.facility?.name ?? "--"],
    ]),
  );
}
