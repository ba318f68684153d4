// The day's calendar: everybody who is expected, with the icon beside each name.

import { pause } from "../shared/graphql.js";
import { h } from "../shared/markup.js";
import { STATUS } from "../shared/status.js";
import { markChosen, openAppointment } from "./appointment.js";
import { addAppointment } from "./appointment_edit.js";
import { empty, link, notice, show } from "./dom.js";
import { field } from "./forms.js";
import { icon, refreshIcons } from "./icon.js";
import { keyed, withKey } from "./keys.js";
import { watch } from "./live.js";
import { address, go } from "./navigate.js";
import { keepFocus, redrawing, turns, untilNoDialog } from "./redraw.js";
import { here, may, query } from "./session.js";
import { staffMembers } from "./staff.js";
import { beginning, date, nextDay, t, time, today } from "./words.js";

// Long enough for a whole import to be told of, short enough to be at once for somebody who looks.
const SOON = 400;
const DAY = `query ($from: DateTime!, $to: DateTime!, $facilityId: ID, $staffMemberId: ID, $cancelled: Boolean!, $after: String) {
  appointments(from: $from, to: $to, facilityId: $facilityId, staffMemberId: $staffMemberId, includeCancelled: $cancelled,
    first: 100, after: $after) {
    nodes { id startsAt endsAt cancelledAt sourceStatus version facility { id name } staffMember { id name } contact { id displayName ${STATUS} } }
    pageInfo { hasNextPage endCursor } } }`;

/**
 * What is asked for: a day at the practice, and what of it is shown.
 * @typedef {{ day: string, facility: string, staff: string, as: "glance" | "", cancelled: "too" | "" }} Asked
 */

/** @param {About} about */
export async function view({ values, signal, settled }) {
  /** @type {Asked} */
  const asked = {
    day: values.get("day") || today(),
    facility: values.get("facility") || "",
    staff: values.get("staff") || "",
    as: values.get("as") === "glance" ? "glance" : "",
    cancelled: values.get("cancelled") === "too" ? "too" : "",
  };
  const [first, colleagues] = await Promise.all([whole(asked, signal), staffMembers(signal)]);
  if (signal.aborted) return;
  settled();
  const panel = h("dialog", { class: "panel", id: "appointment" });
  const count = h("p", { class: "soft", role: "status" });
  const list = h("div");
  let heard = "-";
  /** @type {Order} */
  const order = { by: 0, down: false };

  /** @param {Appointment[]} appointments */
  async function fill(appointments) {
    const shown = appointments.length
      ? await shownAs(asked.as, appointments, panel, again, order)
      : await nothing(asked, signal);
    if (signal.aborted) return;
    list.replaceChildren(shown);
    const words =
      appointments.length === 1 ? t("oneAppointment") : t("appointmentsCount", { count: appointments.length });
    const keys = h("span", { class: "keys" }, t("arrows"));
    count.replaceChildren(...(appointments.length ? [`${words}. `, keys] : []));
    // A new listener is told of the last ten seconds too (decision 0018): a change since the question was read is not
    // missed. So nobody listens anew unless other people are in the calendar.
    const ids = appointments.map(({ contact }) => contact.id);
    if (heard === ids.join()) return;
    heard = ids.join();
    watch(ids, refreshIcons, laterOn);
  }

  let drawn = planOf(first);
  const turn = turns();
  async function again() {
    const isNews = turn();
    const appointments = await whole(asked, signal);
    await untilNoDialog(signal);
    // The icons refresh themselves: only another plan is drawn anew.
    if (signal.aborted || !isNews() || planOf(appointments) === drawn) return;
    drawn = planOf(appointments);
    const back = keepFocus(list);
    await fill(appointments);
    markChosen(panel);
    back();
  }

  // Many changes at once are one reading. What somebody types or reads in a dialog stays until it is closed.
  const laterOn = redrawing(again, signal, () => pause(SOON, signal));

  show(t("calendarOf", { day: date(asked.day, "full") }), [
    filters(asked, colleagues),
    h("div", { class: "tools" }, count, tools(asked, again)),
    h("div", { class: "beside" }, list, panel),
  ]);
  await fill(first);
}

/**
 * What the calendar shows of these appointments, to tell whether it changed.
 * @param {Appointment[]} appointments
 */
const planOf = (appointments) => JSON.stringify(appointments.map(({ id, version }) => [id, version]));

/**
 * @param {Asked} asked
 * @param {AbortSignal} signal
 */
async function whole({ day, facility, staff, cancelled }, signal) {
  /** @type {Appointment[]} */
  const found = [];
  /** @type {string | null} */
  let after = null;
  do {
    /** @type {{ appointments: Page<Appointment> }} */
    const data = await query(
      DAY,
      {
        from: beginning(day),
        to: beginning(nextDay(day)),
        facilityId: facility || null,
        staffMemberId: staff || null,
        cancelled: cancelled === "too",
        after,
      },
      { signal },
    );
    found.push(...data.appointments.nodes);
    after = data.appointments.pageInfo.hasNextPage ? data.appointments.pageInfo.endCursor : null;
  } while (after && found.length < 500);
  return found;
}

/**
 * @param {Asked} asked
 * @param {StaffMember[]} colleagues
 */
function filters(asked, colleagues) {
  const { viewer, organization } = here();
  /** @param {Partial<Asked>} values */
  const change = (values) => go("calendar", { ...asked, ...values });
  /**
   * @param {string} to
   * @param {string} label
   * @param {string} symbol
   */
  const step = (to, label, symbol) =>
    h(
      "a",
      { class: "button quiet", href: address("calendar", { ...asked, day: to }), "aria-label": label, title: label },
      symbol,
    );
  return h(
    "div",
    { class: "filters" },
    h(
      "div",
      { class: "days" },
      withKey("B", step(nextDay(asked.day, -1), t("previousDay"), "‹")),
      withKey(
        "T",
        h("a", { class: "button quiet", href: address("calendar", { ...asked, day: today() }) }, t("today")),
      ),
      withKey("N", step(nextDay(asked.day), t("nextDay"), "›")),
    ),
    withKey(
      "G",
      h(
        "a",
        { class: "button quiet", href: address("calendar", { ...asked, as: asked.as ? "" : "glance" }) },
        t(asked.as ? "asList" : "atAGlance"),
      ),
    ),
    field({
      name: "day",
      label: t("day"),
      type: "date",
      value: asked.day,
      onchange: (/** @type {Event} */ event) => valueOf(event) && change({ day: valueOf(event) }),
    }),
    field({
      name: "facility",
      label: t("facility"),
      value: asked.facility,
      onchange: (/** @type {Event} */ event) => change({ facility: valueOf(event) }),
      options: [["", t("everyFacility")], ...organization.facilities.map(({ id, name }) => [id, name])],
    }),
    field({
      name: "staff",
      label: t("staffMember"),
      value: asked.staff,
      onchange: (/** @type {Event} */ event) => change({ staff: valueOf(event) }),
      options: [
        ["", t("everyone")],
        [viewer.id, t("mine")],
        ...colleagues.filter(({ id }) => id !== viewer.id).map(({ id, name }) => [id, name]),
      ],
    }),
  );
}

/**
 * @param {Asked} asked
 * @param {Again} again
 */
const tools = (asked, again) =>
  h(
    "div",
    { class: "buttons" },
    h(
      "a",
      { class: "button quiet", href: address("calendar", { ...asked, cancelled: asked.cancelled ? "" : "too" }) },
      t(asked.cancelled ? "withoutCancelled" : "withCancelled"),
    ),
    may("MANAGE_CONTACTS") && keyed("A", t("addAppointment"), () => addAppointment(asked, again), { kind: "" }),
  );

/**
 * @param {string} as
 * @param {Appointment[]} appointments
 * @param {HTMLDialogElement} panel
 * @param {Again} again
 * @param {Order} order
 */
async function shownAs(as, appointments, panel, again, order) {
  const said = appointments.some(({ sourceStatus }) => sourceStatus);
  const mark = said ? (await import("./source_status.js")).sourceMark : () => null;
  if (!as) return table(appointments, panel, again, order, mark);
  const { glance } = await import("./calendar_glance.js");
  const whole = glance(appointments, (appointment) => opener(appointment, panel, again));
  whole.addEventListener("keydown", move);
  return whole;
}

/**
 * A day without appointments; and before anybody is on record, what to do first.
 * @param {Asked} asked
 * @param {AbortSignal} signal
 */
async function nothing({ day, facility, staff }, signal) {
  if (facility || staff) return empty(t("noAppointmentsFiltered"), link(address("calendar", { day }), t("showAll")));
  /** @type {{ portalStateCounts: { count: number }[] }} */
  const { portalStateCounts } = await query("{ portalStateCounts { count } }", {}, { signal });
  const somebody = portalStateCounts.some(({ count }) => count > 0);
  return empty(
    t("noAppointments"),
    ...(somebody ? [] : [h("p", {}, t("firstDay"))]),
    link("#/contacts", t("contacts")),
  );
}

/** @type {[key: string, of: (appointment: Appointment) => string][]} */
const COLUMNS = [
  ["when", ({ startsAt, id }) => startsAt + id],
  ["name", ({ contact }) => contact.displayName.toLowerCase()],
  ["staffMember", ({ staffMember }) => staffMember?.name.toLowerCase() ?? ""],
  ["facility", ({ facility }) => facility?.name.toLowerCase() ?? ""],
];

/**
 * By which of the columns the day is sorted. It stays while the calendar is drawn anew.
 * @typedef {{ by: number, down: boolean }} Order
 */

/**
 * @param {Appointment[]} appointments
 * @param {HTMLDialogElement} panel
 * @param {Again} again
 * @param {Order} order
 * @param {(one: Appointment) => HTMLElement | null} mark of what its source says
 */
function table(appointments, panel, again, order, mark) {
  const body = h("tbody");
  const heads = COLUMNS.map(([key], at) =>
    h("th", { scope: "col" }, h("button", { type: "button", class: "sort", onclick: () => sort(at) }, t(key))),
  );
  const rows = new Map(appointments.map((appointment) => [appointment, row(appointment, panel, again, mark)]));
  body.addEventListener("keydown", move);

  /** @param {number} by */
  function sort(by) {
    order.down = order.by === by && !order.down;
    order.by = by;
    arrange();
  }

  function arrange() {
    for (const head of heads) head.removeAttribute("aria-sort");
    heads[order.by]?.setAttribute("aria-sort", order.down ? "descending" : "ascending");
    const of = COLUMNS[order.by]?.[1] ?? (({ id }) => id);
    const sorted = [...rows.keys()].sort((a, b) => (of(a) < of(b) ? -1 : 1) * (order.down ? -1 : 1));
    body.append(...sorted.map((appointment) => rows.get(appointment) ?? ""));
  }

  arrange();
  return h("table", { class: "day" }, h("thead", {}, h("tr", {}, heads, h("th", { scope: "col" }, t("portal")))), body);
}

/**
 * @param {Appointment} appointment
 * @param {HTMLDialogElement} panel
 * @param {Again} again
 */
function opener(appointment, panel, again) {
  const { contact, startsAt } = appointment;
  const button = h(
    "button",
    {
      type: "button",
      class: "row",
      "data-appointment": appointment.id,
      "aria-label": t("openAppointment", { name: contact.displayName, time: time(startsAt) }),
      onclick: () => openAppointment(panel, appointment, button, again).catch((problem) => notice(problem.message)),
    },
    contact.displayName,
  );
  return button;
}

/**
 * @param {Appointment} appointment
 * @param {HTMLDialogElement} panel
 * @param {Again} again
 * @param {(one: Appointment) => HTMLElement | null} mark
 */
function row(appointment, panel, again, mark) {
  const { contact, facility, staffMember, startsAt, endsAt, cancelledAt } = appointment;
  return h(
    "tr",
    { class: cancelledAt ? "cancelled" : "" },
    h("td", { class: "time" }, `${time(startsAt)} – ${time(endsAt)}`),
    h(
      "td",
      {},
      opener(appointment, panel, again),
      cancelledAt && h("span", { class: "mark" }, t("cancelledMark")),
      mark(appointment),
    ),
    h("td", { class: "with" }, staffMember?.name ?? "--"),
    h("td", { class: "place" }, facility?.name ?? "--"),
    h("td", { class: "portal" }, icon(contact.id, contact.displayName, { contact })),
  );
}

/** @param {Event} event */
const valueOf = ({ target }) => /** @type {HTMLInputElement | HTMLSelectElement} */ (target).value;

const STEPS = new Map([
  ["ArrowDown", 1],
  ["ArrowUp", -1],
  ["Home", -Infinity],
  ["End", Infinity],
]);

/** @param {KeyboardEvent} event */
function move(event) {
  const { target, currentTarget } = event;
  const step = STEPS.get(event.key);
  if (!step || !(target instanceof HTMLButtonElement) || !target.classList.contains("row")) return;
  event.preventDefault();
  /** @type {NodeListOf<HTMLButtonElement>} */
  const found = /** @type {Element} */ (currentTarget).querySelectorAll("button.row");
  const buttons = [...found];
  const to = buttons.indexOf(target) + step;
  buttons[Math.max(0, Math.min(buttons.length - 1, to))]?.focus();
}
