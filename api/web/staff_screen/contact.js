// The contact page: one person's record, and everything about their way in.

import { h, only, written } from "../shared/markup.js";
import { archiveAction, archivedWords } from "./archive.js";
import { appointments } from "./appointments.js";
import { waysOut } from "./contact_account.js";
import { openCalled } from "./contact_called.js";
import { links, pin, pinSeen } from "./contact_door.js";
import { editAddresses, editPhones, editRecord } from "./contact_edit.js";
import { recordsEnd } from "./contact_end.js";
import { documents } from "./documents.js";
import { aboutPerson, facts, link, section, show } from "./dom.js";
import { episode } from "./episode.js";
import { externalIdList, externalIdsButton } from "./external_ids.js";
import { keyedIcon, refreshIcons } from "./icon.js";
import { keyed, withKey } from "./keys.js";
import { watch } from "./live.js";
import { MERGE, merging } from "./merges.js";
import { address } from "./navigate.js";
import { keepFocus, redrawing, turns, untilNoDialog } from "./redraw.js";
import { relationships } from "./relationships.js";
import { may, query } from "./session.js";
import { closedForPatient } from "./throttles.js";
import { ASKED, waitingTransfer } from "./transfer_waiting.js";
import { date, languageName, t } from "./words.js";

export const CONTACT = `query ($id: ID!) { portalTransfers(contactId: $id, first: 1) { nodes { ${ASKED} } }
  contactMerges(contactId: $id, first: 10) { nodes { ${MERGE} } } contact(id: $id) {
  id displayName givenName familyName dateOfBirth kind language emails
  portalStatus { state summary blockedReason alsoAllowed remedies reachedThrough { kind relative { displayName } }
    account { id email } }
  closedThrottles { way until }
  formerPortalAccounts { id email registeredAt lastSignedInAt }
  portalLinks(first: 20) { nodes { id email linkedAt linkedHow unlinkedAt unlinkReason } }
  phones externalIds { system value } version archivedAt mergedInto { id displayName }
  appointments(last: 10, includeCancelled: true) { nodes { id startsAt endsAt cancelledAt version facility { id name } staffMember { id name } } }
  relationships { id kind portalAccess endsOn version client { id displayName } relative { id displayName } }
  currentEpisode { id version facility { id name } } } }`;

/** @param {About} about */
export const view = (about) => (about.id ? record(about) : openCalled(about));

/** @param {About} about */
async function record({ id, values, signal, settled }) {
  // The icon stays where it is while the rest is drawn anew: it may be in the middle of a click of its own.
  const said = h("div");
  const cards = h("div", { class: "record" });
  /** @type {HTMLElement | null} */
  let heading = null;
  /** @type {HTMLElement | null} */
  let globe = null;
  /** @type {ReturnType<typeof documents> | null} */
  let papers = null;
  const seen = pinSeen();
  const turn = turns();

  async function draw() {
    const isNews = turn();
    /** @type {{ contact: ContactRecord | null, portalTransfers: { nodes: AskedTransfer[] }, contactMerges: { nodes: AskedMerge[] } }} */
    const { contact, portalTransfers, contactMerges } = await query(CONTACT, { id }, { signal });
    if (heading) await untilNoDialog(signal);
    if (signal.aborted || !isNews()) return;
    settled();
    if (!contact) {
      show(t("contactGone"), [h("p", {}, t("contactGoneBody")), h("p", {}, link("#/contacts", t("contacts")))]);
      return;
    }
    aboutPerson(contact.displayName);
    const back = heading ? keepFocus(said, cards) : () => {};
    said.replaceChildren(...statusOf(contact, portalTransfers.nodes, again));
    // Their list stays while it is asked for again.
    if (papers) papers.again(contact);
    else papers = documents(contact, signal);
    cards.replaceChildren(
      h("div", { class: "daily" }, appointments(contact, again), papers.card, door(contact, again, seen)),
      h("div", { class: "card details" }, ...written(details(contact, contactMerges.nodes, again))),
    );
    globe ??= keyedIcon(id, contact.displayName);
    globe.hidden = contact.archivedAt !== null;
    if (heading) heading.textContent = contact.displayName;
    else {
      heading = show(contact.displayName, [
        h("div", { class: "status" }, globe, said),
        cards,
        may("VIEW_AUDIT") && h("p", {}, withKey("A", link(address("audit", {}, id), t("audit")))),
        may("WEB_PORTAL") && h("p", {}, link(address("letters", {}, id), t("letters"))),
      ]);
      if (values.get("at") === "documents") goTo(papers, signal);
    }
    back();
  }

  const again = async () => {
    refreshIcons([id]);
    await draw();
  };

  await draw();
  // While a dialog is open, what is being typed stays; the page follows when that is closed.
  const later = redrawing(draw, signal);
  watch(
    [id],
    () => {
      refreshIcons([id]);
      later();
    },
    (whose) => {
      if (!whose || whose === id) later();
    },
  );
  only(document, "#main").addEventListener("portal-status-change", later, { signal });
}

/**
 * What is said beside the icon.
 * @param {ContactRecord} contact
 * @param {AskedTransfer[]} transfers
 * @param {Again} again
 */
const statusOf = (contact, transfers, again) =>
  contact.archivedAt
    ? [archivedWords(contact, again)]
    : [
        ...summary(contact.portalStatus),
        ...waysOut(contact, again),
        ...transfers.map((one) => waitingTransfer(one, again)),
        closedForPatient(contact, again) ?? "",
      ];

/** @param {ContactRecord["portalStatus"]} status */
const summary = ({ summary: text, blockedReason }) => [
  h("p", { class: "summary" }, text),
  ...(blockedReason ? [h("p", { class: "blocked" }, blockedReason)] : []),
];

/**
 * The way into the portal: what is handed over, and what is linked.
 * @param {ContactRecord} contact
 * @param {Again} again
 * @param {import("./contact_door.js").PinSeen} seen
 */
const door = (contact, again, seen) =>
  h("div", { class: "card pair" }, pin(contact, again, seen), links(contact, again));

/**
 * @param {ContactRecord} contact
 * @returns {[term: string, value: Child][]}
 */
const called = ({ externalIds }) => (externalIds.length ? [[t("externalIds"), externalIdList(externalIds)]] : []);

/**
 * Whoever comes from the worklist of documents reads on at the record's documents.
 * @param {ReturnType<typeof documents>} papers
 * @param {AbortSignal} signal
 */
async function goTo({ card, drawn }, signal) {
  await drawn;
  if (signal.aborted) return;
  const heading = only(card, "h2");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  card.scrollIntoView();
}

/**
 * Who it is, beside what the day needs; what is rarely done comes last.
 * @param {ContactRecord} contact
 * @param {AskedMerge[]} merges
 * @param {Again} again
 */
const details = (contact, merges, again) => [
  section(
    t("record"),
    facts([
      [t("born"), contact.dateOfBirth ? date(contact.dateOfBirth) : t("unknown")],
      [t("kind"), t(contact.kind)],
      [t("letterLanguage"), languageName(contact.language)],
      ...called(contact),
    ]),
    may("MANAGE_CONTACTS") &&
      h(
        "div",
        { class: "buttons" },
        keyed("E", t("editRecord"), () => editRecord(contact, again)),
        externalIdsButton({ ...contact, name: contact.displayName }, again),
      ),
  ),
  section(
    t("addresses"),
    contact.emails.length
      ? h(
          "ul",
          { class: "plain" },
          contact.emails.map((email, at) => h("li", {}, email, at === 0 && h("span", { class: "mark" }, t("primary")))),
        )
      : h("p", {}, t("noAddress")),
    may("MANAGE_CONTACTS") && keyed("M", t("changeAddresses"), () => editAddresses(contact, again)),
  ),
  section(
    t("phones"),
    contact.phones.length
      ? h(
          "ul",
          { class: "plain" },
          contact.phones.map((number, at) =>
            h(
              "li",
              {},
              link(`tel:${number.replace(/[^\d+]/g, "")}`, number),
              at === 0 && contact.phones.length > 1 && h("span", { class: "mark" }, t("callFirst")),
            ),
          ),
        )
      : h("p", {}, t("noPhone")),
    may("MANAGE_CONTACTS") && keyed("F", t("changePhones"), () => editPhones(contact, again)),
  ),
  relationships(contact, again),
  episode(contact, again),
  recordsEnd(contact, [
    may("MANAGE_CONTACTS") && !contact.archivedAt && archiveAction(contact, again),
    merging(contact, merges, again),
  ]),
];
