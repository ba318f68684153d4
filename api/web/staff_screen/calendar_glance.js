// The whole day at a glance: an hour to a line, a person to a tile, so that fifty are in view at once.

import { h } from "../shared/markup.js";
import { icon } from "./icon.js";
import { t, time } from "./words.js";

/**
 * `button(appointment)` makes what opens the appointment's window.
 * @param {Appointment[]} appointments
 * @param {(appointment: Appointment) => HTMLElement} button
 */
export function glance(appointments, button) {
  /** @type {Map<string, Appointment[]>} */
  const hours = new Map();
  for (const appointment of appointments) {
    const hour = appointment.startsAt.slice(0, 13);
    hours.set(hour, [...(hours.get(hour) ?? []), appointment]);
  }
  return h(
    "div",
    { class: "glance" },
    [...hours.values()].map((those) => {
      const from = time(those[0].startsAt.replace(/:\d\d:\d\d/, ":00:00"));
      return h(
        "section",
        { "aria-label": from },
        h("h2", {}, from),
        h(
          "ul",
          {},
          those.map((one) => tile(one, button(one))),
        ),
      );
    }),
  );
}

/**
 * @param {Appointment} appointment
 * @param {HTMLElement} opens
 */
const tile = ({ contact, startsAt, facility, staffMember, cancelledAt }, opens) =>
  h(
    "li",
    {
      class: cancelledAt ? "cancelled" : "",
      title: [contact.displayName, time(startsAt), staffMember?.name, facility?.name ?? t("noFacility")]
        .filter(Boolean)
        .join(", "),
    },
    icon(contact.id, contact.displayName, { contact, display: "icon" }),
    opens,
  );
