// What was delivered to one endpoint and what waits, read when somebody opens it, with a button to send it again.

import { h } from "../shared/markup.js";
import { action, notice, trouble } from "./dom.js";
import { limits } from "./limits.js";
import { pagedTable } from "./paged.js";
import { change, query } from "./session.js";
import { moment, t } from "./words.js";

const LIST = `query ($first: Int, $after: String) { webhookEndpoints(first: $first) { nodes { id deliveries(first: 20, after: $after) {
  nodes { id event createdAt state attempts lastStatus failure nextAttemptAt } pageInfo { hasNextPage endCursor } } } } }`;
const REPLAY = `mutation ($input: ReplayWebhookInput!) { answer: replayWebhook(input: $input) {
  __typename ... on UserError { message } ... on InvalidInput { fields { path message } } } }`;
const COLUMNS = ["webhookWhen", "webhookEvent", "webhookState", "webhookAttempts", "webhookAgain"];

/** @param {string} event such as document.signed */
export const eventWords = (event) => t(`webhookEvent_${event.replace(".", "_")}`);

/** @param {WebhookEndpoint} endpoint */
export function deliveriesOf(endpoint) {
  const place = h("div");
  const read = async (/** @type {string | null} */ after) => {
    /** @type {{ webhookEndpoints: { nodes: (WebhookEndpoint & { deliveries: Page<WebhookDelivery> })[] } }} */
    const data = await query(LIST, { first: limits.MOST_WEBHOOK_ENDPOINTS, after });
    const found = data.webhookEndpoints.nodes.find(({ id }) => id === endpoint.id);
    return found?.deliveries ?? { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };
  };
  const fill = async () => {
    try {
      const first = await read(null);
      place.replaceChildren(
        ...pagedTable({
          columns: COLUMNS,
          first,
          read,
          row: (one) => row(one, endpoint.disabledAt ? null : fill),
          none: t("noDeliveries"),
        }),
      );
    } catch (problem) {
      place.replaceChildren(trouble(problem, fill));
    }
  };
  const opened = (/** @type {Event} */ event) => {
    if (/** @type {HTMLDetailsElement} */ (event.target).open) fill();
  };
  return h("details", { ontoggle: opened }, h("summary", {}, t("deliveries")), place);
}

/**
 * @param {WebhookDelivery} delivery
 * @param {(() => unknown) | null} again called after it was sent again; null: it can't be
 */
function row(delivery, again) {
  const { id, event, createdAt, state, attempts, lastStatus, failure, nextAttemptAt } = delivery;
  const why = failure && t(`webhookFailure${failure}`, { status: lastStatus });
  const next = nextAttemptAt && attempts > 0 && t("webhookNext", { when: moment(nextAttemptAt) });
  const replay = async () => {
    await change(REPLAY, { deliveryId: id });
    notice(t("webhookReplayed"));
    await again?.();
  };
  const label = `${t("replayWebhook")}: ${eventWords(event)}, ${moment(createdAt)}`;
  return h(
    "tr",
    {},
    h("td", {}, moment(createdAt)),
    h("td", {}, eventWords(event)),
    h("td", {}, [t(`webhookState${state}`), why, next].filter(Boolean).join(" · ")),
    h("td", {}, String(attempts)),
    h("td", {}, again && action(t("replayWebhook"), replay, { label })),
  );
}
