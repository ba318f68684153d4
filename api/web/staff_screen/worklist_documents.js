// The worklist's documents: those that wait for a signature, were declined, or were not sent, the longest waiting first.

import { h } from "../shared/markup.js";
import { signerWords, toFollowUp } from "./document_standing.js";
import { link, show, trouble } from "./dom.js";
import { address, showAgain } from "./navigate.js";
import { pagedTable } from "./paged.js";
import { query } from "./session.js";
import { addWords, date, t } from "./words.js";
import words from "./words_follow_up.js";

const REASONS = ["WAITING", "DECLINED", "NOT_SENT"];
const COUNTS = `{ WAITING: documentsToFollowUp(reason: WAITING, first: 1) { totalCount }
  DECLINED: documentsToFollowUp(reason: DECLINED, first: 1) { totalCount }
  NOT_SENT: documentsToFollowUp(reason: NOT_SENT, first: 1) { totalCount } }`;
const LIST = `query ($reason: DocumentFollowUp!, $after: String) {
  documentsToFollowUp(reason: $reason, first: 50, after: $after) { nodes {
    id title createdAt sharing sharedAt signatureState inSequence withdrawnAt supersededBy { id title }
    contact { id displayName }
    signatures { id position signer { id displayName } relationship signedAt declinedAt declineReason }
  } pageInfo { hasNextPage endCursor } } }`;

addWords(words);

/**
 * The two sides of the worklist.
 * @param {"people" | "documents"} chosen
 */
export const sides = (chosen) =>
  h(
    "nav",
    { "aria-label": t("worklist") },
    h("ul", { class: "tabs" }, [
      side(address("worklist"), t("worklistPeople"), chosen === "people"),
      side(address("worklist", { documents: "WAITING" }), t("documents"), chosen === "documents"),
    ]),
  );

/**
 * @param {string} href
 * @param {string} name
 * @param {boolean} isChosen
 */
const side = (href, name, isChosen) => h("li", {}, h("a", { href, "aria-current": isChosen ? "page" : null }, name));

/** @param {About} about */
export async function documentsView({ values, signal, settled }) {
  const reason = REASONS.find((one) => one === values.get("documents")) ?? "WAITING";
  /** @param {string | null} after */
  const read = async (after) => (await query(LIST, { reason, after }, { signal })).documentsToFollowUp;
  // As with people, the list does not wait for the numbers.
  const counted = query(COUNTS, {}, { signal }).then(
    (counts) => ({ counts, problem: null }),
    (problem) => ({ counts: null, problem }),
  );
  const first = await read(null);
  if (signal.aborted) return;
  settled();
  const reasons = tabs(reason);
  const rest = h("div", { role: "status" });
  show(t("documentsToFollowUp"), [
    sides("documents"),
    reasons.element,
    first.nodes.length > 0 && h("p", { class: "soft" }, t("longestFirst")),
    pagedTable({
      columns: ["followUpDocument", "name", "followUpWho", reason === "NOT_SENT" ? "followUpMade" : "followUpSent"],
      first,
      read,
      row: (/** @type {FollowedDocument} */ one) => row(one, reason),
      none: t(`none${reason}`),
    }),
    rest,
  ]);
  const { counts, problem } = await counted;
  if (signal.aborted) return;
  if (counts) reasons.number(counts);
  else rest.replaceChildren(trouble(problem, showAgain));
}

/** @param {string} reason */
const name = (reason) => t(reason === "NOT_SENT" ? "notSentYet" : reason);

/**
 * The reasons, each a link, and a function that adds the numbers when they are known.
 * @param {string} chosen
 */
function tabs(chosen) {
  const links = REASONS.map((one) =>
    h(
      "a",
      { href: address("worklist", { documents: one }), "aria-current": one === chosen ? "page" : null },
      name(one),
    ),
  );
  const items = links.map((one) => h("li", {}, one));
  return {
    element: h("nav", { "aria-label": t("states") }, h("ul", { class: "tabs" }, items)),
    /** @param {Record<string, { totalCount: number }>} counts */
    number: (counts) =>
      REASONS.forEach((one, place) =>
        links[place]?.replaceChildren(t("stateCount", { state: name(one), count: counts[one]?.totalCount ?? 0 })),
      ),
  };
}

/**
 * The list is in the order of its dates.
 * @param {FollowedDocument} one
 * @param {string} reason
 */
const row = (one, reason) =>
  h(
    "tr",
    {},
    h("td", {}, link(address("contact", { at: "documents" }, one.contact.id), one.title)),
    h("td", {}, link(address("contact", {}, one.contact.id), one.contact.displayName)),
    h(
      "td",
      {},
      toFollowUp(one).map((signature) => h("div", {}, signerWords(one, signature))),
    ),
    h("td", { class: "soft" }, date(reason === "NOT_SENT" ? one.createdAt : one.sharedAt, "short")),
  );
