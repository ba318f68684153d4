// What one click on the icon does: create, link or print, or say why nothing can be done. What is shown may be old, so
// the server is asked first.

import { success, Trouble } from "../../shared/graphql.js";
import { h } from "../../shared/markup.js";
import { apply, askThere, nextQuestion, refresh, tell } from "./asking.js";
import { mutation, OPEN } from "./operations.js";
import { isLeft } from "./steps.js";

/**
 * What a click needs of its icon, each as it is now.
 * @typedef {object} Clicked
 * @property {string} contactId
 * @property {import("./asking.js").IconPlace} place
 * @property {IconStatus | null} status
 * @property {string | null} said the language of the status's sentences
 * @property {import("../../shared/graphql.js").Intent} intent
 * @property {import("./steps.js").Steps} steps
 * @property {(key: string, values?: Record<string, unknown>) => string} t
 * @property {(contact: IconContact | null) => void} receive
 * @property {() => void} say
 * @property {() => void} clicks the whole click again
 */

/** @typedef {{ id: string, email: string, registeredAt: string | null, lastSignedInAt: string | null }} FoundAccount */

/**
 * @param {string | null} instant
 * @param {string} language
 */
const day = (instant, language) =>
  instant ? new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(new Date(instant)) : "--";

export class Click {
  #icon;
  #contactId;
  #isLeft = false;

  /** @param {Clicked} icon */
  constructor(icon) {
    this.#icon = icon;
    this.#contactId = icon.contactId;
  }

  // The icon is about another contact now, or was clicked again: answers to this click are nobody else's.
  leave() {
    this.#isLeft = true;
  }

  async begin() {
    const icon = this.#icon;
    try {
      const asked = nextQuestion();
      const found = await askThere(icon.place, OPEN, { ids: [this.#contactId] });
      if (this.#isLeft) return;
      /** @type {IconContact | null} */
      const contact = found.nodes[0];
      if (contact) tell(contact, asked);
      else icon.receive(null);
      const action = icon.status?.action;
      if (contact && action === "CREATE_ACCOUNT") this.#create(contact, found.organization);
      else if (action === "LINK_ACCOUNT") await this.#link();
      else if (action === "PRINT_INSTRUCTIONS") this.#offerSheet();
      else icon.say();
    } catch (problem) {
      if (!this.#isLeft) this.#failed("lookFailed", problem, icon.clicks);
    }
  }

  /**
   * @param {IconContact} contact
   * @param {{ name: string } | null} organization
   */
  #create(contact, organization) {
    const { t, status, steps } = this.#icon;
    const facility = contact.currentEpisode?.facility?.name;
    /** @type {[string, string][]} */
    const senders = [["AUTOMATIC", facility ?? organization?.name ?? "--"]];
    if (facility) senders.push(["ORGANIZATION", organization?.name ?? ""]);
    senders.push(["DISCREET", ""]);
    const options = senders.map(([value, place]) => h("option", { value }, t(value, { place })));
    const sender = h("select", { id: "sender" }, options);
    steps.show(
      t("createAsk"),
      [
        h("p", {}, t("createAddress")),
        h("p", { class: "address", part: "address" }, contact.email ?? ""),
        status?.addressOnOtherRecord && h("p", { class: "note", part: "note" }, t("createShared")),
        h("label", { for: "sender" }, t("sender")),
        sender,
      ],
      [
        [t("createYes"), () => this.#createNow(sender.value)],
        [t("cancel"), null],
      ],
    );
  }

  /** @param {string} sender */
  async #createNow(sender) {
    const { t } = this.#icon;
    const { contact } = await this.#run("createPortalAccount", { sender });
    const { email } = contact.portalStatus.account ?? contact;
    this.#offerSheet(t("created"), t("createdBody", { email }));
  }

  /** @param {string | null} accountId */
  async #link(accountId = null) {
    const { t } = this.#icon;
    try {
      const { contact } = await this.#run("linkPortalAccount", accountId ? { accountId } : {});
      const { email } = contact.portalStatus.account ?? contact;
      this.#offerSheet(t("linked"), t("linkedBody", { email }));
    } catch (problem) {
      const details = problem instanceof Trouble ? problem.details : {};
      if (details.type === "SeveralAccounts") this.#choose(details.accounts);
      else if (accountId) throw problem;
      else this.#failed("linkFailed", problem, () => this.#link());
    }
  }

  /** @param {FoundAccount[]} accounts */
  #choose(accounts) {
    const { t, steps, place } = this.#icon;
    /** @param {FoundAccount} account */
    const known = ({ registeredAt, lastSignedInAt }) =>
      t("accountKnown", { registered: day(registeredAt, place.language), last: day(lastSignedInAt, place.language) });
    const radios = accounts.map(({ id }, at) =>
      h("input", { type: "radio", name: "account", value: id, checked: at === 0 }),
    );
    const picks = accounts.map((account, at) =>
      h("label", { class: "pick" }, radios[at], h("span", {}, account.email, h("br"), known(account))),
    );
    const choice = h("fieldset", {}, h("legend", {}, t("chooseAsk")), picks);
    steps.show(
      t("LINK_ACCOUNT"),
      [choice],
      [
        [t("LINK_ACCOUNT"), () => this.#link(radios.find(({ checked }) => checked)?.value)],
        [t("cancel"), null],
      ],
    );
  }

  /**
   * Printing is offered after creating and linking, and by itself; with an invitation, what else can be done stands
   * beside it.
   * @param {string | null} title
   * @param {string | null} body
   */
  #offerSheet(title = null, body = null) {
    const { t, said, status, steps } = this.#icon;
    const allowed = title ? [] : (status?.alsoAllowed ?? []);
    steps.show(
      title ?? t("printAsk"),
      [h("p", body ? {} : { lang: said }, body ?? status?.summary), h("p", {}, t("printBody"))],
      [
        [t("printYes"), () => this.#print()],
        allowed.includes("RESEND_INVITATION") && [t("resend"), () => this.#resend()],
        allowed.includes("REVOKE_INVITATION") && [t("revoke"), () => this.#revoke()],
        [t(title ? "notNow" : "cancel"), null],
      ],
    );
  }

  async #resend() {
    await this.#run("resendPortalInvitation", {});
    const { t, said, status, steps } = this.#icon;
    steps.show(t("resent"), [h("p", { lang: said }, status?.summary)], [[t("close"), null]]);
  }

  #revoke() {
    const { t, steps } = this.#icon;
    steps.show(
      t("revokeAsk"),
      [h("p", {}, t("revokeBody"))],
      [
        [
          t("revoke"),
          async () => {
            await this.#run("revokePortalInvitation", {});
            steps.show(t("revoked"), [], [[t("close"), null]]);
          },
        ],
        [t("cancel"), null],
      ],
    );
  }

  async #print() {
    const { t, steps } = this.#icon;
    // Opened within the click, or the browser would take it for an advertisement.
    const sheet = window.open("", "_blank");
    if (sheet) {
      sheet.opener = null;
      // A page that signs its person out can close it.
      window.dispatchEvent(new CustomEvent("portal-status-sheet", { detail: sheet }));
      sheet.document.body.textContent = t("working");
    }
    let address;
    try {
      const { url } = await this.#run("printPortalInstructions", {});
      address = new URL(url, location.href);
      if (!/^https?:$/.test(address.protocol)) throw new Trouble("broken");
    } catch (problem) {
      sheet?.close();
      throw problem;
    }
    sheet?.location.replace(address.href);
    const kind = sheet ? null : "primary";
    const opens = { href: address.href, target: "_blank", rel: "noopener noreferrer" };
    const again = h("a", { ...opens, class: kind, part: kind ?? "secondary" }, t("openSheet"));
    const body = [h("p", {}, t("printedBody"))];
    steps.show(t(sheet ? "printed" : "sheetReady"), body, [[t("close"), null]], again);
  }

  /**
   * @param {import("./operations.js").Operation} name
   * @param {Record<string, unknown>} given
   */
  async #run(name, given) {
    const { intent, place } = this.#icon;
    const input = { contactId: this.#contactId, ...given };
    // Taking back has no key: done twice it is refused, which says that it was done.
    const keyed = name !== "revokePortalInvitation";
    const sent = keyed ? { ...input, idempotencyKey: intent.keyFor([name, input]) } : input;
    let answer;
    try {
      ({ answer } = await askThere(place, mutation(name), { input: sent }, { patient: keyed }));
      intent.settled();
      success(answer);
      apply(answer.contact);
      // Another contact may bear the same address: its icon changes with this one's.
      if (name !== "printPortalInstructions") refresh();
    } catch (problem) {
      throw this.#isLeft ? new Trouble("left") : problem;
    }
    if (this.#isLeft) throw new Trouble("left");
    return answer;
  }

  /**
   * @param {string} title
   * @param {unknown} problem
   * @param {() => unknown} again
   */
  #failed(title, problem, again) {
    const { t, steps } = this.#icon;
    if (isLeft(problem)) return;
    /** @type {[string, () => unknown]} */
    const retry = [
      t("again"),
      async () => {
        steps.close();
        await again();
      },
    ];
    steps.show(t(title), [steps.alert(problem)], [retry, [t("close"), null]]);
  }
}
