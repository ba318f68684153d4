// Who is stuck where, and the list to invite.

import { h } from "../shared/markup.js";
import { link, section, show, trouble } from "./dom.js";
import { icon, refreshIcons } from "./icon.js";
import { keyed } from "./keys.js";
import { watch } from "./live.js";
import { loadLater } from "./load_later.js";
import { address, go } from "./navigate.js";
import { pagedTable } from "./paged.js";
import { may, query } from "./session.js";
import { date, t } from "./words.js";
import { documentsView, sides } from "./worklist_documents.js";

const STATES = ["NO_ACCOUNT", "INVITED", "ACCOUNT_NOT_LINKED", "EMAIL_CONFLICT", "NO_EMAIL", "LINKED"];
const COUNTS = `{ portalStateCounts { state count }
  endingAccess(first: 20) { nodes { endsOn relationship { id client { id displayName } relative { displayName } } } } }`;
const LIST = `query ($states: [PortalState!], $order: ContactOrder, $first: Int, $after: String) {
  contacts(portalState: $states, orderBy: $order, first: $first, after: $after) {
    nodes { id displayName email portalStatus { summary invitationExpiresAt } } pageInfo { hasNextPage endCursor } } }`;

/** @param {About} about */
export const view = (about) => (about.values.has("documents") ? documentsView(about) : people(about));

/** @param {About} about */
async function people({ values, signal, settled }) {
  const state = STATES.find((one) => one === values.get("state")) ?? "INVITED";
  const order = state === "INVITED" ? "OLDEST_INVITATION" : "NAME";
  /** @param {string | null} after */
  const read = async (after) => (await query(LIST, { states: [state], order, first: 50, after }, { signal })).contacts;
  // Counting may take longer than reading a page, so the list is shown without waiting for the numbers.
  const counted = query(COUNTS, {}, { signal }).then(
    (counts) => ({ counts, problem: null }),
    (problem) => ({ counts: null, problem }),
  );
  const first = await read(null);
  if (signal.aborted) return;
  settled();
  const states = tabs(state);
  const invite = h("div");
  const rest = h("div", { role: "status" }, h("p", { class: "soft" }, t("loading")));
  // Who may invite chooses by ticks, too.
  const chosen = state === "NO_ACCOUNT" && may("WEB_PORTAL") ? (await choosing()).ticks() : null;
  const table = pagedTable({
    columns: [...(chosen ? ["tick"] : []), "name", "email", "portal"],
    first,
    read,
    row: (/** @type {ListedContact} */ contact) => row(contact, state, chosen?.box(contact)),
    none: t("nobodyInStateYet"),
    shown: watchAll,
  });
  show(t("worklistTitle"), [
    sides("people"),
    states.element,
    state === "INVITED" && first.nodes.length > 0 && h("p", { class: "soft" }, t("invitedSince")),
    invite,
    table,
    rest,
    may("WEB_PORTAL") && h("p", {}, link(address("letters"), t("letters"))),
  ]);
  void counted.then(({ counts, problem }) => {
    if (signal.aborted) return;
    if (!counts) {
      rest.replaceChildren(trouble(problem, () => go("worklist", { state })));
      return;
    }
    states.number(counts.portalStateCounts);
    const count = counts.portalStateCounts.find((/** @type {Count} */ one) => one.state === state)?.count ?? 0;
    if (state === "NO_ACCOUNT" && count > 0 && chosen) {
      const soon = h(
        "button",
        { type: "button", class: "quiet", onclick: () => loadLater(choosing, (found) => found.chooseByVisits()) },
        t("inviteComing"),
      );
      invite.replaceChildren(h("div", { class: "buttons more" }, inviting(count), chosen.button, soon));
    }
    rest.replaceWith(ending(counts.endingAccess.nodes));
  });
}

/** @param {ListedContact[]} contacts */
const watchAll = (contacts) =>
  watch(
    contacts.map(({ id }) => id),
    refreshIcons,
  );

const choosing = () => import("./bulk_choose.js");

/** @param {number} count */
const inviting = (count) =>
  keyed(
    "I",
    count === 1 ? t("inviteOne") : t("inviteAll", { count }),
    () =>
      loadLater(
        () => import("./bulk_invite.js"),
        (found) => found.inviteAll(count),
      ),
    { kind: "" },
  );

/** @typedef {{ state: string, count: number }} Count */

/**
 * The states, each a link, and a function that adds the numbers when they are known.
 * @param {string} state
 */
function tabs(state) {
  const links = STATES.map((one) =>
    h("a", { href: address("worklist", { state: one }), "aria-current": one === state ? "page" : null }, t(one)),
  );
  const items = links.map((one) => h("li", {}, one));
  return {
    element: h("nav", { "aria-label": t("states") }, h("ul", { class: "tabs" }, items)),
    /** @param {Count[]} counts */
    number: (counts) =>
      STATES.forEach((one, place) => {
        const count = counts.find((found) => found.state === one)?.count ?? 0;
        links[place]?.replaceChildren(t("stateCount", { state: t(one), count }));
      }),
  };
}

/**
 * @param {ListedContact} contact
 * @param {string} state
 * @param {HTMLElement} [tick]
 */
const row = (contact, state, tick) =>
  h(
    "tr",
    {},
    tick && h("td", {}, tick),
    h(
      "td",
      {},
      link(address("contact", {}, contact.id), contact.displayName),
      state !== "NO_ACCOUNT" && h("p", { class: "soft small" }, contact.portalStatus.summary),
    ),
    h("td", { class: "address" }, contact.email ?? "--"),
    h("td", { class: "portal" }, icon(contact.id, contact.displayName)),
  );

/** @param {{ endsOn: string, relationship: { id: string, client: Named, relative: Named } }[]} rows */
const ending = (rows) =>
  section(
    t("ending"),
    rows.length
      ? h(
          "ul",
          { class: "plain" },
          rows.map(({ endsOn, relationship: { client, relative } }) =>
            h(
              "li",
              {},
              link(
                address("contact", {}, client.id),
                t("endingRow", { relative: relative.displayName, client: client.displayName, date: date(endsOn) }),
              ),
            ),
          ),
        )
      : h("p", {}, t("noEnding")),
  );
