// Entering an appointment, moving it, cancelling it and taking that back. Nobody gets a letter about any of it.

import { Intent, Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { ANSWER, edit, onlyChanged } from "./clash.js";
import { dialog, notice } from "./dom.js";
import { field, form } from "./forms.js";
import { personPicker } from "./person_picker.js";
import { change, here } from "./session.js";
import { staffMembers } from "./staff.js";
import { instantOf, later, minutesBetween, typedAs } from "./when.js";
import { date, t, time, today, zoneName } from "./words.js";

const CREATE = `mutation ($input: CreateAppointmentInput!) { answer: createAppointment(input: $input) { __typename
  ... on UserError { message } ... on InvalidInput { fields { path message } } } }`;
const UPDATE = `mutation ($input: UpdateAppointmentInput!) { answer: updateAppointment(input: $input) { ${ANSWER}
  ... on UpdateAppointmentSuccess { appointment { id version } } } }`;
const CANCEL = `mutation ($input: CancelAppointmentInput!) { answer: cancelAppointment(input: $input) { ${ANSWER}
  ... on CancelAppointmentSuccess { appointment { id version } } } }`;
const YEAR = 366 * 24 * 60 * 60 * 1000;
const USUAL = 50;

/**
 * What the form begins with.
 * @typedef {{ day: string, time: string, minutes: number, staff: string, facility: string }} Beginning
 */

/** @param {Beginning} shown */
async function fields({ day, time: at, minutes, staff, facility }) {
  const colleagues = await staffMembers(new AbortController().signal);
  const { organization } = here();
  return [
    field({ name: "startsAt", label: t("day"), type: "date", value: day, required: true }),
    field({
      name: "time",
      label: t("start"),
      type: "time",
      value: at,
      required: true,
      hint: t("zoneHint", { zone: zoneName() }),
    }),
    field({
      name: "endsAt",
      label: t("minutes"),
      type: "number",
      value: String(minutes),
      required: true,
      min: "5",
      max: "1440",
      step: "5",
      inputmode: "numeric",
    }),
    field({
      name: "staffMemberId",
      label: t("staffMember"),
      value: staff,
      options: [["", t("nobodyYet")], ...colleagues.map(({ id, name }) => [id, name])],
    }),
    field({
      name: "facilityId",
      label: t("facility"),
      value: facility,
      options: [["", "--"], ...organization.facilities.map(({ id, name }) => [id, name])],
    }),
    h("p", { class: "hint" }, t("noLetterHint")),
  ];
}

/**
 * @param {string} path
 * @param {string} message
 */
const wrong = (path, message) => new Trouble("refused", message, { type: "InvalidInput", fields: [{ path, message }] });

/**
 * What was typed, as the API takes it.
 * @param {Typed} typed
 */
function input(typed) {
  const startsAt = instantOf(typed.startsAt, typed.time);
  if (!startsAt)
    throw wrong("time", t("timeSkipped", { time: typed.time, day: date(typed.startsAt, "full"), zone: zoneName() }));
  const year = typed.startsAt.slice(0, 4);
  if (Date.parse(startsAt) < Date.now() - YEAR) throw wrong("startsAt", t("tooLongAgo", { year }));
  if (Date.parse(startsAt) > Date.now() + 5 * YEAR) throw wrong("startsAt", t("tooFarAhead", { year }));
  return {
    startsAt,
    endsAt: later(startsAt, Number(typed.endsAt)),
    staffMemberId: typed.staffMemberId || null,
    facilityId: typed.facilityId || null,
  };
}

/**
 * @param {{ contact?: Named | null, day?: string, staff?: string, facility?: string }} about
 * @param {Again} again
 */
export async function addAppointment({ contact = null, day = today(), staff = "", facility = "" }, again) {
  const intent = new Intent();
  const person = contact ? null : personPicker();
  const at = location.hash;
  const asked = await fields({ day, time: "09:00", minutes: USUAL, staff, facility });
  // A person who has gone on to another page meanwhile is not called back.
  if (location.hash !== at) return;
  const box = dialog(contact ? t("addAppointmentOf", { name: contact.displayName }) : t("addAppointment"), [
    person?.search,
    form(
      [person?.choice, ...asked],
      t("enterAppointment"),
      async (typed) => {
        const contactId = contact?.id ?? person?.chosen();
        if (!contactId) throw new Trouble("refused", t("choosePerson"), { type: "" });
        const entered = input(typed);
        await change(CREATE, { contactId, ...entered }, intent);
        box.close();
        notice(
          t("appointmentEntered", { day: date(entered.startsAt, "full"), time: time(entered.startsAt) }),
          null,
          person?.name() ?? contact?.displayName,
        );
        await again();
      },
      { cancel: () => box.close() },
    ),
  ]);
  only(box, "input").focus();
}

/**
 * @param {Appointment} appointment
 * @param {Named} contact
 * @param {Again} again
 */
export async function moveAppointment(appointment, contact, again) {
  const { id: appointmentId, startsAt, endsAt, staffMember, facility, version } = appointment;
  const begun = typedAs(startsAt);
  const shown = { startsAt, endsAt, staffMemberId: staffMember?.id ?? null, facilityId: facility?.id ?? null };
  const at = location.hash;
  const asked = await fields({
    ...begun,
    minutes: minutesBetween(startsAt, endsAt),
    staff: await offered(staffMember),
    facility: facility?.id ?? "",
  });
  if (location.hash !== at) return;
  const box = dialog(t("moveAppointmentOf", { name: contact.displayName }), [
    form(
      asked,
      t("save"),
      async (typed) => {
        const wanted = onlyChanged(normal(shown), normal(input(typed)));
        // A disabled colleague is not among those to choose from: leaving the field alone keeps them.
        if (!typed.staffMemberId && staffMember && !(await offered(staffMember))) delete wanted["staffMemberId"];
        const done = await edit(UPDATE, { appointmentId, ...wanted }, version);
        box.close();
        notice(done ? t("appointmentMoved") : t("clashTaken"), null, contact.displayName);
        await again();
      },
      { cancel: () => box.close() },
    ),
  ]);
  only(box, "input").focus();
}

/** @param {Record<string, string | null>} times instants in one form, so that equal ones are equal */
const normal = ({ startsAt, endsAt, ...rest }) => ({
  startsAt: new Date(startsAt ?? "").toISOString(),
  endsAt: new Date(endsAt ?? "").toISOString(),
  ...rest,
});

/** @param {StaffMember | null | undefined} member */
async function offered(member) {
  const colleagues = await staffMembers(new AbortController().signal);
  return colleagues.some(({ id }) => id === member?.id) ? (member?.id ?? "") : "";
}

/**
 * @param {Appointment} appointment
 * @param {Named} contact whose it is
 * @param {Again} again
 */
export async function cancelAppointment({ id: appointmentId, version }, contact, again) {
  const name = contact.displayName;
  const done = await edit(CANCEL, { appointmentId }, version);
  if (done) notice(t("appointmentCancelled"), () => restoreAppointment(done["appointment"], contact, again), name);
  else notice(t("clashTaken"), null, name);
  await again();
}

/**
 * @param {{ id: string, version: number }} appointment
 * @param {Named} contact whose it is
 * @param {Again} again
 */
export async function restoreAppointment({ id: appointmentId, version }, contact, again) {
  const name = contact.displayName;
  try {
    const done = await edit(UPDATE, { appointmentId, cancelled: false }, version);
    notice(done ? t("appointmentRestored") : t("clashTaken"), null, name);
  } catch (problem) {
    notice(problem instanceof Trouble ? problem.message : String(problem), null, name);
  }
  await again();
}
