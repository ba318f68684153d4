// A person's appointments on their page: what is planned, and what was.

import { h } from "../shared/markup.js";
import { addAppointment, cancelAppointment, moveAppointment, restoreAppointment } from "./appointment_edit.js";
import { action, section } from "./dom.js";
import { keyed } from "./keys.js";
import { may } from "./session.js";
import { date, t, time } from "./words.js";

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
export function appointments(contact, again) {
  const all = contact.appointments.nodes;
  return section(
    t("appointmentsOf"),
    all.length
      ? h(
          "ul",
          { class: "plain" },
          all.map((one) => line(one, contact, again)),
        )
      : h("p", {}, t("noneOfTheirs")),
    may("MANAGE_CONTACTS") && keyed("V", t("addAppointment"), () => addAppointment({ contact }, again)),
  );
}

/**
 * @param {Appointment} one
 * @param {ContactRecord} contact
 * @param {Again} again
 */
function line(one, contact, again) {
  const { startsAt, endsAt, staffMember, facility, cancelledAt } = one;
  const when = `${date(startsAt, "full")}, ${time(startsAt)} – ${time(endsAt)}`;
  const where = [staffMember?.name, facility?.name].filter(Boolean).join(", ");
  return h(
    "li",
    { class: cancelledAt ? "cancelled" : "" },
    h("span", {}, when),
    where && h("span", { class: "soft" }, ` ${where}`),
    cancelledAt && h("span", { class: "mark" }, t("cancelledMark")),
    may("MANAGE_CONTACTS") && h("div", { class: "buttons" }, acts(one, contact, again, when)),
  );
}

/**
 * What can be done with an appointment.
 * @param {Appointment} one
 * @param {Named} contact
 * @param {Again} again
 * @param {string} [when] names the appointment where several stand below each other
 */
export function acts(one, contact, again, when = "") {
  /** @param {string} words */
  const label = (words) => (when ? `${words}: ${when}` : null);
  if (one.cancelledAt)
    return [
      action(t("restoreAppointment"), () => restoreAppointment(one, contact, again), {
        label: label(t("restoreAppointment")),
      }),
    ];
  return [
    action(t("moveAppointment"), () => moveAppointment(one, contact, again), { label: label(t("moveAppointment")) }),
    action(t("cancelAppointment"), () => cancelAppointment(one, contact, again), {
      label: label(t("cancelAppointment")),
    }),
  ];
}
