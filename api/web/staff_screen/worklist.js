// Who is stuck where, and the list to invite.

import { h } from "../shared/markup.js";
import { empty, link, section, show, trouble } from "./dom.js";
import { icon, refreshIcons } from "./icon.js";
import { keyed } from "./keys.js";
import { watch } from "./live.js";
import { address } from "./navigate.js";
import { may, query } from "./session.js";
import { date, t } from "./words.js";

const STATES = ["NO_ACCOUNT", "INVITED", "ACCOUNT_NOT_LINKED", "EMAIL_CONFLICT", "NO_EMAIL", "LINKED"];
const COUNTS = `{ portalStateCounts { state count }
  endingAccess(first: 20) { nodes { endsOn relationship { id client { id displayName } relative { displayName } } } } }`;
const LIST = `query ($states: [PortalState!], $order: ContactOrder, $first: Int, $after: String) {
  contacts(portalState: $states, orderBy: $order, first: $first, after: $after) {
    nodes { id displayName email portalStatus { summary invitationExpiresAt } } pageInfo { hasNextPage endCursor } } }`;

/** @param {About} about */
export async function view({ values, signal, settled }) {
  const state = STATES.find((one) => one === values.get("state")) ?? "INVITED";
  const asked = { states: [state], order: state === "INVITED" ? "OLDEST_INVITATION" : "NAME", first: 50 };
  const [counts, list] = await Promise.all([
    query(COUNTS, {}, { signal }),
    query(LIST, { ...asked, after: null }, { signal }),
  ]);
  if (signal.aborted) return;
  settled();
  const count = counts.portalStateCounts.find((/** @type {Count} */ one) => one.state === state)?.count ?? 0;
  const body = h("tbody");
  const more = h("div", { class: "more" });
  /** @type {ListedContact[]} */
  const shown = [];

  /** @param {Page<ListedContact>} page */
  function add(page) {
    shown.push(...page.nodes);
    body.append(...page.nodes.map((contact) => row(contact, state)));
    watch(
      shown.map(({ id }) => id),
      refreshIcons,
    );
    more.replaceChildren(
      page.pageInfo.hasNextPage
        ? h("button", { type: "button", class: "quiet", onclick: () => next(page.pageInfo.endCursor) }, t("more"))
        : "",
    );
  }

  /** @param {string | null} after */
  async function next(after) {
    try {
      add((await query(LIST, { ...asked, after }, { signal })).contacts);
    } catch (problem) {
      more.replaceChildren(trouble(problem, () => next(after)));
    }
  }

  add(list.contacts);
  const invites = state === "NO_ACCOUNT" && count > 0 && may("WEB_PORTAL");
  show(t("worklistTitle"), [
    tabs(state, counts.portalStateCounts),
    state === "INVITED" && shown.length > 0 && h("p", { class: "soft" }, t("invitedSince")),
    invites &&
      h(
        "p",
        {},
        keyed(
          "I",
          count === 1 ? t("inviteOne") : t("inviteAll", { count }),
          async () => (await import("./bulk_invite.js")).inviteAll(count),
          { kind: "" },
        ),
      ),
    shown.length
      ? h(
          "table",
          {},
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              ["name", "email", "portal"].map((key) => h("th", { scope: "col" }, t(key))),
            ),
          ),
          body,
        )
      : empty(t("nobodyThere")),
    more,
    ending(counts.endingAccess.nodes),
  ]);
}

/** @typedef {{ state: string, count: number }} Count */

/**
 * @param {string} state
 * @param {Count[]} counts
 */
const tabs = (state, counts) =>
  h(
    "nav",
    { "aria-label": t("states") },
    h(
      "ul",
      { class: "tabs" },
      STATES.map((one) =>
        h(
          "li",
          {},
          h(
            "a",
            { href: address("worklist", { state: one }), "aria-current": one === state ? "page" : null },
            t("stateCount", { state: t(one), count: counts.find((found) => found.state === one)?.count ?? 0 }),
          ),
        ),
      ),
    ),
  );

/**
 * @param {ListedContact} contact
 * @param {string} state
 */
const row = (contact, state) =>
  h(
    "tr",
    {},
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
