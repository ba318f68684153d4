// What guesses have closed for a person, and the button that opens it again.

import { h } from "../shared/markup.js";
import { action, notice } from "./dom.js";
import { change, may } from "./session.js";
import { moment, t } from "./words.js";

const ERRORS = "__typename ... on UserError { message }";
const PATIENT = `mutation ($input: LiftPortalThrottleInput!) { answer: liftPortalThrottle(input: $input) { ${ERRORS} } }`;
const COLLEAGUE = `mutation ($input: LiftStaffThrottleInput!) { answer: liftStaffThrottle(input: $input) { ${ERRORS} } }`;

/**
 * Nothing where no way is closed.
 * @param {ContactRecord} contact
 * @param {Again} again
 */
export const closedForPatient = (contact, again) =>
  closed(contact.closedThrottles, contact.displayName, may("WEB_PORTAL"), async () => {
    await change(PATIENT, { contactId: contact.id });
    await again();
  });

/**
 * @param {Colleague} member
 * @param {() => unknown} again
 */
export const closedForColleague = ({ id, name, closedThrottles }, again) =>
  closed(closedThrottles, name, may("MANAGE_STAFF"), async () => {
    await change(COLLEAGUE, { staffMemberId: id });
    await again();
  });

/**
 * @param {ClosedThrottle[]} ways
 * @param {string} name
 * @param {boolean} mayLift
 * @param {() => Promise<unknown>} lift
 */
function closed(ways, name, mayLift, lift) {
  if (!ways.length) return null;
  return h(
    "div",
    { class: "blocked", role: "group", "aria-label": t("beingTried", { name }) },
    h("p", {}, t("beingTried", { name })),
    h(
      "ul",
      { class: "plain" },
      ways.map(({ way, until }) => h("li", {}, t("closedUntil", { way: t(`way${way}`), until: moment(until) }))),
    ),
    mayLift &&
      h(
        "div",
        { class: "buttons" },
        action(
          t("liftThrottle"),
          async () => {
            await lift();
            notice(t("throttleLifted", { name }));
          },
          { label: t("liftThrottleName", { name }) },
        ),
      ),
  );
}
