// The PIN on demand, and the history of links: unlinking with a reason, linking again.

import { Intent } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { accountOffers } from "./contact_account.js";
import { action, dialog, notice, section, trouble } from "./dom.js";
import { field, form } from "./forms.js";
import { withKey } from "./keys.js";
import { limits } from "./limits.js";
import { turns } from "./redraw.js";
import { change, may, query } from "./session.js";
import { date, moment, t } from "./words.js";

const ERRORS = "... on UserError { message } ... on InvalidInput { fields { path message } }";
// Reading a PIN is told to its person, so it is asked for only when somebody wants to see it.
const PIN = "query ($id: ID!) { contact(id: $id) { portalPin } }";
const NEW_PIN = `mutation ($input: RegeneratePortalPinInput!) { answer: regeneratePortalPin(input: $input) { __typename ${ERRORS} } }`;
const UNLINK = `mutation ($input: UnlinkPortalAccountInput!) { answer: unlinkPortalAccount(input: $input) { __typename ${ERRORS} } }`;
const LINK = `mutation ($input: LinkPortalAccountInput!) { answer: linkPortalAccount(input: $input) { __typename ${ERRORS} } }`;

/**
 * Whether the PIN is shown, and which. It stays while the page is drawn anew, so that a PIN that is being read out does
 * not vanish.
 * @typedef {{ pin: boolean, value: string, turn: () => () => boolean }} PinSeen
 */

/** @returns {PinSeen} */
export const pinSeen = () => ({ pin: false, value: "", turn: turns() });

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 * @param {PinSeen} seen
 */
export function pin(contact, again, seen) {
  if (!may("WEB_PORTAL")) return section(t("pin"), h("p", {}, t("pinNotYours")));
  const shown = h("output", { class: "pin", hidden: true });
  const said = h("div", { class: "said" });
  const label = new Text(t("showPin"));
  const toggle = h(
    "button",
    {
      type: "button",
      class: "quiet",
      "aria-expanded": "false",
      onclick: () => {
        seen.pin = !seen.pin;
        tell();
      },
    },
    label,
  );
  async function tell() {
    if (!seen.pin) seen.value = "";
    shown.hidden = !seen.pin;
    shown.textContent = seen.value;
    said.replaceChildren();
    label.data = t(seen.pin ? "hidePin" : "showPin");
    toggle.setAttribute("aria-expanded", String(seen.pin));
    const isNews = seen.turn();
    if (!seen.pin) return;
    try {
      /** @type {{ contact: { portalPin: string | null } | null }} */
      const answer = await query(PIN, { id: contact.id });
      if (!seen.pin || !isNews()) return;
      seen.value = answer.contact?.portalPin ?? "";
      shown.textContent = seen.value;
    } catch (problem) {
      said.replaceChildren(trouble(problem));
    }
  }
  withKey("P", toggle);
  tell();
  return section(
    t("pin"),
    h("p", { class: "hint" }, t("pinHint")),
    h("p", {}, shown),
    said,
    h(
      "div",
      { class: "buttons" },
      toggle,
      h("button", { type: "button", class: "quiet", onclick: () => renew(contact, again, seen) }, t("newPin")),
    ),
  );
}

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 * @param {PinSeen} seen
 */
function renew(contact, again, seen) {
  const intent = new Intent();
  const box = dialog(t("newPinAsk", { name: contact.displayName }), [
    h("p", {}, t("newPinBody")),
    form(
      [],
      t("newPin"),
      async () => {
        await change(NEW_PIN, { contactId: contact.id }, intent);
        // The one before must not be read out any more.
        seen.value = "";
        box.close();
        notice(t("pinMade"));
        await again();
      },
      { cancel: () => box.close() },
    ),
  ]);
}

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
export function links(contact, again) {
  const history = contact.portalLinks.nodes;
  const allowed = contact.portalStatus.alsoAllowed.includes("UNLINK_ACCOUNT");
  const live = history.some(({ unlinkedAt }) => !unlinkedAt);
  return section(
    t("links"),
    history.length
      ? h("ol", { class: "plain history" }, history.map(entry(contact.portalStatus.state === "LINKED")))
      : h("p", {}, t("noLinks")),
    h(
      "div",
      { class: "buttons" },
      allowed &&
        h("button", { type: "button", class: "quiet danger", onclick: () => unlink(contact, again) }, t("unlink")),
      accountOffers(contact, again),
    ),
    !live && may("WEB_PORTAL") && contact.formerPortalAccounts.length > 0 && former(contact, again),
  );
}

/** @param {boolean} registered */
const entry = (registered) => (/** @type {PortalLink} */ link) =>
  h(
    "li",
    {},
    h("strong", {}, link.email),
    " ",
    !link.unlinkedAt && h("span", { class: registered ? "mark good" : "mark" }, t(registered ? "live" : "INVITED")),
    h("br"),
    `${t("linkedOn", { date: date(link.linkedAt, "short") })} ${t(`how${link.linkedHow}`)}`,
    link.unlinkedAt && `; ${t("unlinkedOn", { date: date(link.unlinkedAt, "short") })}`,
    link.unlinkReason && h("span", { class: "soft" }, ` (${link.unlinkReason})`),
  );

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
function former(contact, again) {
  const intent = new Intent();
  return h(
    "div",
    {},
    h("h3", {}, t("former")),
    contact.formerPortalAccounts.map(({ id, email, registeredAt, lastSignedInAt }) => [
      action(t("relink", { email }), async () => {
        await change(LINK, { contactId: contact.id, accountId: id }, intent);
        notice(t("relinked", { email }));
        await again();
      }),
      h(
        "p",
        { class: "hint" },
        t("accountKnown", {
          registered: date(registeredAt, "short"),
          last: lastSignedInAt ? moment(lastSignedInAt) : t("never"),
        }),
      ),
    ]),
  );
}

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
function unlink(contact, again) {
  const live = contact.portalLinks.nodes.find(({ unlinkedAt }) => !unlinkedAt);
  const email = live?.email ?? contact.portalStatus.account?.email ?? "";
  const box = dialog(t("unlinkAsk", { email, name: contact.displayName }), [
    h("p", {}, t("unlinkBody")),
    form(
      [
        field({
          name: "reason",
          label: t("reason"),
          hint: t("reasonHint"),
          required: true,
          maxlength: limits.LONGEST_REASON,
          autocomplete: "off",
        }),
      ],
      t("unlink"),
      async ({ reason }) => {
        await change(UNLINK, { contactId: contact.id, reason });
        box.close();
        notice(t("unlinked"));
        await again();
      },
      { cancel: () => box.close(), danger: true },
    ),
  ]);
  only(box, "input").focus();
}
