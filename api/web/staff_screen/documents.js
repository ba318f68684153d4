// A client's documents with their globes, who must sign, who has, and who said no and why.

import { h } from "../shared/markup.js";
import { isOpen, reason, signerWords, stateOf } from "./document_standing.js";
import { action, empty, once, section, trouble } from "./dom.js";
import { openDocument } from "./documents_open.js";
import { globe } from "./globe.js";
import { keyed } from "./keys.js";
import { loadLater } from "./load_later.js";
import { keepFocus, turns, untilNoDialog } from "./redraw.js";
import { may, query } from "./session.js";
import { date, t } from "./words.js";

const sharing = () => import("./sharing.js");
const adding = () => import("./documents_add.js");

const ABOUT = `id title kind pageCount createdAt sharing recipients { id displayName } signatureState inSequence
  withdrawnAt withdrawReason completedAt completionProblem supersededBy { id title }
  signatures { id position signer { id displayName } relationship signedAt declinedAt declineReason }`;
const PAGE = `query ($id: ID!, $after: String) { contact(id: $id) { documents(first: 20, after: $after) {
  nodes { ${ABOUT} } pageInfo { hasNextPage endCursor } } } }`;

/**
 * The card with the contact's documents; `again` asks anew, for the contact as it is by then.
 * @param {ContactRecord} contact
 * @param {AbortSignal} signal
 */
export function documents(contact, signal) {
  const list = h("ul", { class: "plain" });
  const more = h("div", { class: "more" });
  const body = h("div", { role: "region", "aria-label": t("documents") }, h("p", { class: "soft" }, t("loading")));
  const card = section(t("documents"), body);
  card.classList.add("wide");

  const turn = turns();
  // How often the list has begun anew: a page of the list before does not belong to this one.
  let begun = 0;

  /** @param {string | null} after */
  async function draw(after = null) {
    const isNews = after ? followsOn() : turn();
    try {
      /** @type {Page<ListedDocument>} */
      const page = (await query(PAGE, { id: contact.id, after }, { signal })).contact.documents;
      if (begun > 0) await untilNoDialog(signal);
      if (signal.aborted || !isNews()) return;
      const back = keepFocus(body);
      if (!after) {
        begun += 1;
        list.replaceChildren();
      }
      list.append(...page.nodes.map((one) => entry(one, contact, draw)));
      const next = once(() => draw(page.pageInfo.endCursor));
      more.replaceChildren(
        page.pageInfo.hasNextPage ? h("button", { type: "button", class: "quiet", onclick: next }, t("more")) : "",
      );
      body.replaceChildren(
        list.children.length ? list : empty(t("noDocuments")),
        more,
        offers(contact, list.children.length > 0, draw),
      );
      back();
    } catch (problem) {
      if (!signal.aborted && isNews()) body.replaceChildren(trouble(problem, () => draw(after)));
    }
  }

  function followsOn() {
    const list = begun;
    return () => list === begun;
  }

  /** @param {ContactRecord} fresh */
  const again = (fresh) => {
    contact = fresh;
    return draw();
  };
  const drawn = draw();
  return { card, again, drawn };
}

/**
 * @param {ListedDocument} one
 * @param {ContactRecord} contact
 * @param {Again} again
 */
function entry(one, contact, again) {
  const pages = one.pageCount === 1 ? t("onePage") : t("pages", { count: one.pageCount });
  const described = `${t(`kind${one.kind}`)}. ${pages}. ${date(one.createdAt, "short")}.`;
  return h(
    "li",
    { class: isOpen(one) ? "document" : "document past" },
    globe(one),
    h(
      "div",
      {},
      h("strong", {}, one.title),
      h("p", { class: "soft" }, described),
      standing(one, contact),
      one.completionProblem && h("p", { class: "hint" }, t("notSealedYet", { problem: one.completionProblem })),
      one.signatures.length > 0 && signers(one),
    ),
    may("WEB_PORTAL") &&
      h(
        "div",
        { class: "buttons" },
        action(t("openDocument"), () => openDocument(one, false), { label: `${t("openDocument")}: ${one.title}` }),
        one.completedAt &&
          action(t("openSealed"), () => openDocument(one, true), { label: `${t("openSealed")}: ${one.title}` }),
        isOpen(one) && does(one, "share", () => loadLater(sharing, (found) => found.openSharing(one, contact, again))),
        isOpen(one) && does(one, "replace", () => loadLater(adding, (found) => found.addDocument(contact, again, one))),
        isOpen(one) &&
          one.signatureState !== "COMPLETED" &&
          does(one, "withdraw", () => loadLater(sharing, (found) => found.withdraw(one, again)), "danger"),
      ),
  );
}

/**
 * @param {ListedDocument} one
 * @param {string} key
 * @param {() => unknown} onclick
 * @param {string} kind
 */
const does = (one, key, onclick, kind = "") =>
  h(
    "button",
    { type: "button", class: `quiet ${kind}`, "aria-label": `${t(key)}: ${one.title}`, onclick: once(onclick) },
    t(key),
  );

/**
 * With whom it is shared and where the signing stands, in one line of marks.
 * @param {ListedDocument} one
 * @param {ContactRecord} contact
 */
function standing(one, contact) {
  // The client first, then by name.
  /** @param {Named} person */
  const rank = ({ id, displayName }) => (id === contact.id ? "" : displayName);
  const sorted = [...one.recipients].sort((a, b) => rank(a).localeCompare(rank(b)));
  const readers = sorted.map(({ displayName }) => displayName).join(", ");
  const shared = one.sharing === "NOT_SHARED" ? t("NOT_SHARED") : `${t(one.sharing)}: ${readers || t("nobody")}`;
  const state = stateOf(one);
  return h(
    "p",
    {},
    one.withdrawnAt &&
      h(
        "span",
        { class: "mark bad" },
        t("withdrawnOn", { date: date(one.withdrawnAt, "short") }),
        reason(one.withdrawReason),
      ),
    one.supersededBy && h("span", { class: "mark bad" }, t("replacedBy", { title: one.supersededBy.title })),
    isOpen(one) && h("span", { class: "mark" }, shared),
    h("span", { class: `mark ${{ COMPLETED: "good", DECLINED: "bad" }[state] ?? ""}` }, t(state)),
  );
}

/** @param {ListedDocument} one */
const signers = (one) =>
  h(
    one.inSequence ? "ol" : "ul",
    { class: "signers" },
    one.signatures.map((signature) =>
      h("li", { class: signature.declinedAt ? "blocked" : null }, signerWords(one, signature)),
    ),
  );

/**
 * @param {ContactRecord} contact
 * @param {boolean} some
 * @param {Again} again
 */
function offers(contact, some, again) {
  if (!may("WEB_PORTAL")) return h("p", { class: "hint" }, t("documentsNotYours"));
  return h(
    "div",
    { class: "buttons" },
    keyed("D", t("addDocument"), () => loadLater(adding, (found) => found.addDocument(contact, again))),
    some &&
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          onclick: once(() => loadLater(sharing, (found) => found.shareEverything(contact, again))),
        },
        t("shareEverything", { name: contact.displayName }),
      ),
  );
}
