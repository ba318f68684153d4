// Inviting a whole list, in batches: the progress is what the server answered, never a guess. Stopping and starting
// again sends nobody a second letter, since each person's account is made once.

import { Intent, Trouble } from "../shared/graphql.js";
import { h } from "../shared/markup.js";
import { dialog, trouble } from "./dom.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { showAgain } from "./navigate.js";
import { change, query } from "./session.js";
import { t, troubleWords } from "./words.js";

/** @typedef {{ __typename: string, message?: string }} Result */

const BATCH = 25;
const PEOPLE = `query ($after: String) { contacts(portalState: [NO_ACCOUNT], orderBy: NAME, first: 100, after: $after) {
  nodes { id displayName } pageInfo { hasNextPage endCursor } } }`;
const INVITE = `mutation ($input: CreatePortalAccountsInput!) { answer: createPortalAccounts(input: $input) { __typename
  ... on CreatePortalAccountsSuccess { results { contactId result { __typename ... on UserError { message } } } }
  ... on UserError { message } } }`;

/**
 * Everybody who has no account, in the order of the list.
 * @param {number} count
 */
export const inviteAll = (count) => ask(count, everybody);

/**
 * The people who were chosen one by one.
 * @param {Named[]} people
 */
export const inviteThese = (people) => ask(people.length, async (number) => people.slice(0, number));

/**
 * @param {number} count
 * @param {(number: number) => Promise<Named[]>} whom
 */
function ask(count, whom) {
  const number = Math.min(count, limits.MOST_CONTACTS_AT_ONCE);
  let began = false;
  const box = dialog(
    t("inviteAllAsk", { count: number }),
    [
      h("p", {}, t("inviteAllBody")),
      count > limits.MOST_CONTACTS_AT_ONCE && h("p", {}, t("inviteLimit", { most: limits.MOST_CONTACTS_AT_ONCE })),
      form(
        [
          field({
            name: "sender",
            label: t("sender"),
            value: "AUTOMATIC",
            options: ["AUTOMATIC", "ORGANIZATION", "DISCREET"].map((one) => [one, t(one)]),
          }),
        ],
        t("startInviting"),
        async ({ sender }) => {
          const people = await whom(number);
          began = true;
          run(box, people, sender);
        },
        { cancel: () => box.close() },
      ),
    ],
    {
      onclose: () => {
        if (began) showAgain();
      },
    },
  );
}

/** @param {number} number */
async function everybody(number) {
  /** @type {Named[]} */
  const people = [];
  /** @type {string | null} */
  let after = null;
  do {
    /** @type {{ contacts: Page<Named> }} */
    const { contacts } = await query(PEOPLE, { after });
    people.push(...contacts.nodes.map(({ id, displayName }) => ({ id, displayName })));
    after = contacts.pageInfo.hasNextPage ? contacts.pageInfo.endCursor : null;
  } while (after && people.length < number);
  return people.slice(0, number);
}

/**
 * @param {HTMLDialogElement} box
 * @param {Named[]} people
 * @param {string} sender
 */
function run(box, people, sender) {
  const bar = h("progress", { max: String(people.length), value: 0, "aria-label": t("inviting") });
  const said = h("p", { role: "status" });
  const problems = h("div");
  const refused = h("ul", { class: "plain results" });
  const halt = () => {
    stopping = true;
    stop.disabled = true;
  };
  const stop = h("button", { type: "button", onclick: halt }, t("stop"));
  const close = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => box.close() }, t("close"));
  const go = h("button", { type: "button", hidden: true, onclick: () => work() }, t("goOn"));
  const leaving = h("p", { class: "hint" }, t("leavingStops"));
  const heading = h("h2", { tabindex: "-1", id: "inviting" }, t("inviting"));
  const intent = new Intent();
  const tally = { done: 0, created: 0, refused: 0, count: people.length };
  let stopping = false;
  box.setAttribute("aria-labelledby", heading.id);
  box.replaceChildren(heading, bar, said, leaving, problems, h("div", { class: "buttons" }, stop, go, close), refused);
  // Esc stops first, and closes only when nothing is under way.
  box.addEventListener("cancel", (event) => {
    if (close.hidden) {
      event.preventDefault();
      stopping = true;
    }
  });
  heading.focus();
  work();

  async function work() {
    stopping = false;
    Object.assign(stop, { hidden: false, disabled: false });
    go.hidden = close.hidden = true;
    leaving.hidden = false;
    problems.replaceChildren();
    try {
      while (tally.done < people.length && !stopping) {
        const batch = people.slice(tally.done, tally.done + BATCH);
        const { results } = await change(INVITE, { contactIds: batch.map(({ id }) => id), sender }, intent);
        results.forEach((/** @type {{ result: Result }} */ { result }, /** @type {number} */ at) => {
          const isDone = result.__typename.endsWith("Success");
          tally[isDone ? "created" : "refused"] += 1;
          if (!isDone) refused.append(refusal(result, batch[at]));
        });
        tally.done += batch.length;
        bar.value = tally.done;
        said.textContent = t("progress", tally);
      }
      said.textContent =
        tally.done < people.length ? t("stopped", { rest: people.length - tally.done }) : t("finished", tally);
    } catch (problem) {
      problems.replaceChildren(trouble(problem));
    }
    const left = tally.done < people.length;
    stop.hidden = leaving.hidden = true;
    go.hidden = !left;
    close.hidden = false;
    (left ? go : close).focus();
  }
}

/**
 * Why somebody was not invited.
 * @param {Result} result
 * @param {Named | undefined} person
 */
const refusal = ({ __typename: type, message }, person) =>
  h("li", {}, h("strong", {}, person?.displayName), `: ${troubleWords(new Trouble("refused", message, { type }))}`);
