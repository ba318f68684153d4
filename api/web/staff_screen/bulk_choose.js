// Choosing whom to invite: by ticks in a list, and by the visits that come next, at one facility or at all.

import { h } from "../shared/markup.js";
import { inviteThese } from "./bulk_invite.js";
import { dialog } from "./dom.js";
import { field, form } from "./forms.js";
import { here, query } from "./session.js";
import { instantOf } from "./when.js";
import { date, nextDay, t, time, today } from "./words.js";

const VISITS = `query ($from: DateTime!, $to: DateTime!, $facilityId: ID, $after: String) {
  appointments(from: $from, to: $to, facilityId: $facilityId, first: 100, after: $after) {
    nodes { startsAt facility { name } contact { id displayName portalStatus { state } } } pageInfo { hasNextPage endCursor } } }`;
const DAYS = 7;

/** @typedef {{ startsAt: string, facility: { name: string } | null, contact: Named & { portalStatus: { state: string } } }} Visit */

/**
 * Boxes beside people, and the button that invites those with a tick. `box(person)` is the box for one.
 */
export function ticks() {
  /** @type {Map<string, Named>} */
  const ticked = new Map();
  const button = h("button", { type: "button", disabled: true, onclick: () => inviteThese([...ticked.values()]) });

  function count() {
    button.textContent = ticked.size ? t("inviteTicked", { count: ticked.size }) : t("tickFirst");
    button.disabled = !ticked.size;
  }
  count();

  /**
   * @param {Named} person
   * @param {boolean} [checked]
   */
  function box({ id, displayName }, checked = false) {
    const one = h("input", {
      type: "checkbox",
      checked,
      "aria-label": t("tickPerson", { name: displayName }),
      onchange: () => {
        if (one.checked) ticked.set(id, { id, displayName });
        else ticked.delete(id);
        count();
      },
    });
    if (checked) ticked.set(id, { id, displayName });
    count();
    return one;
  }

  return { button, box };
}

/** Asks until which day and where, and then shows who comes and has no account. */
export function chooseByVisits() {
  const { organization } = here();
  const box = dialog(t("inviteComing"), [
    h("p", {}, t("inviteComingBody")),
    form(
      [
        field({ name: "until", label: t("comingUntil"), type: "date", value: nextDay(today(), DAYS), required: true }),
        field({
          name: "facilityId",
          label: t("facility"),
          value: "",
          options: [["", t("everyFacility")], ...organization.facilities.map(({ id, name }) => [id, name])],
        }),
      ],
      t("showComing"),
      async ({ until, facilityId }) => {
        const visits = await coming(until, facilityId || null);
        box.close();
        choose(visits);
      },
      { cancel: () => box.close() },
    ),
  ]);
}

/**
 * The next visit of each person without an account, the soonest first.
 * @param {string} until the last day
 * @param {string | null} facilityId
 */
async function coming(until, facilityId) {
  /** @type {Map<string, Visit>} */
  const next = new Map();
  const to = instantOf(nextDay(until), "00:00") ?? `${nextDay(until)}T00:00:00Z`;
  /** @type {string | null} */
  let after = null;
  do {
    /** @type {{ appointments: Page<Visit> }} */
    const { appointments } = await query(VISITS, { from: new Date().toISOString(), to, facilityId, after });
    for (const visit of appointments.nodes) {
      const { id, portalStatus } = visit.contact;
      if (portalStatus.state === "NO_ACCOUNT" && !next.has(id)) next.set(id, visit);
    }
    after = appointments.pageInfo.hasNextPage ? appointments.pageInfo.endCursor : null;
  } while (after);
  return [...next.values()];
}

/** @param {Visit[]} visits */
function choose(visits) {
  const { button, box: tick } = ticks();
  const rows = visits.map(({ startsAt, facility, contact }) =>
    h(
      "li",
      {},
      h(
        "label",
        { class: "pick" },
        tick(contact, true),
        h(
          "span",
          {},
          `${contact.displayName}: ${date(startsAt, "short")}, ${time(startsAt)}`,
          facility && ` · ${facility.name}`,
        ),
      ),
    ),
  );
  const box = dialog(t("inviteComing"), [
    rows.length ? h("ul", { class: "plain" }, rows) : h("p", {}, t("nobodyComing")),
    h(
      "div",
      { class: "buttons" },
      rows.length > 0 && button,
      h("button", { type: "button", class: "quiet", onclick: () => box.close() }, t("cancel")),
    ),
  ]);
  button.addEventListener("click", () => box.close());
}
