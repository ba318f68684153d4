// Who works here: inviting, what each may do, disabling and enabling. For those who manage staff.

import { Intent } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { action, dialog, facts, notice, show } from "./dom.js";
import { externalIdList, externalIdsButton } from "./external_ids.js";
import { resetFactorsButton } from "./factors_reset.js";
import { field, form } from "./forms.js";
import { limits } from "./limits.js";
import { showAgain } from "./navigate.js";
import { editPermissions, permissionList, permissionTicks, setPermissions, ticked } from "./permissions.js";
import { change, here, may, query } from "./session.js";
import { forgetColleagues } from "./staff.js";
import { lastDayButton, lastDayField, withLastDay } from "./staff_last_day.js";
import { closedForColleague } from "./throttles.js";
import { date, moment, t } from "./words.js";

const LIST = `query ($after: String) { staffMembers(first: 100, after: $after) {
  nodes { id name email externalIds { system value } state permissions disabledAt disabledReason lastDay lastSignedInAt closedThrottles { way until } } pageInfo { hasNextPage endCursor } } }`;
const ERRORS = "__typename ... on UserError { message } ... on InvalidInput { fields { path message } }";
const INVITE = `mutation ($input: CreateStaffMemberInput!) { answer: createStaffMember(input: $input) { ${ERRORS} ... on CreateStaffMemberSuccess { staffMember { id } } } }`;
const RESEND = `mutation ($input: ResendStaffInvitationInput!) { answer: resendStaffInvitation(input: $input) { ${ERRORS} } }`;
const DISABLE = `mutation ($input: DisableStaffMemberInput!) { answer: disableStaffMember(input: $input) { ${ERRORS} } }`;
const ENABLE = `mutation ($input: EnableStaffMemberInput!) { answer: enableStaffMember(input: $input) { ${ERRORS} } }`;
const END = `mutation ($input: EndStaffSessionsInput!) { answer: endStaffSessions(input: $input) { __typename ... on UserError { message } } }`;

/** @param {About} about */
export async function view({ signal, settled }) {
  const members = await all(signal);
  if (signal.aborted) return;
  settled();
  const mayManage = may("MANAGE_STAFF");
  show(t("staffTitle"), [
    mayManage &&
      h("div", { class: "head" }, h("button", { type: "button", onclick: () => invite() }, t("inviteColleague"))),
    !mayManage && h("p", { class: "soft" }, t("staffLook")),
    h(
      "div",
      { class: "cards" },
      members.map((member) => card(member, members, mayManage)),
    ),
  ]);
}

/** @param {AbortSignal} signal */
async function all(signal) {
  /** @type {Colleague[]} */
  const found = [];
  /** @type {string | null} */
  let after = null;
  do {
    /** @type {{ staffMembers: Page<Colleague> }} */
    const data = await query(LIST, { after }, { signal });
    found.push(...data.staffMembers.nodes);
    after = data.staffMembers.pageInfo.hasNextPage ? data.staffMembers.pageInfo.endCursor : null;
  } while (after);
  return found;
}

/**
 * @param {Colleague} member
 * @param {Colleague[]} members
 * @param {boolean} mayManage
 */
function card(member, members, mayManage) {
  const { name, email, state, permissions, disabledAt, disabledReason, lastDay, lastSignedInAt } = member;
  const kind = state === "DISABLED" ? "bad" : state === "ACTIVE" ? "good" : "";
  /** @type {[string, Child][]} */
  const rows = [
    [t("email"), email],
    [t("mayDo"), permissionList(permissions)],
  ];
  if (state === "ACTIVE" && mayManage) rows.push([t("lastSignedIn"), moment(lastSignedInAt)]);
  if (lastDay) rows.push([t("lastDay"), date(lastDay)]);
  if (disabledAt) rows.push([t("disabledSince"), moment(disabledAt)]);
  if (disabledReason) rows.push([t("reason"), disabledReason]);
  if (member.externalIds.length) rows.push([t("externalIds"), externalIdList(member.externalIds)]);
  return h(
    "section",
    { class: "card" },
    h("h2", {}, name, " ", h("span", { class: `mark ${kind}` }, t(`staff${state}`))),
    facts(rows),
    closedForColleague(member, showAgain),
    mayManage && h("div", { class: "buttons" }, offers(member, members)),
  );
}

/**
 * @param {Colleague} member
 * @param {Colleague[]} members
 */
function offers(member, members) {
  const { id, name, state } = member;
  const intent = new Intent();
  return [
    h(
      "button",
      {
        type: "button",
        class: "quiet",
        "aria-label": t("permissionsOf", { name }),
        onclick: () => editPermissions(member),
      },
      t("permissions"),
    ),
    state === "INVITED" &&
      action(
        t("inviteAgain"),
        async () => {
          await change(RESEND, { staffMemberId: id }, intent);
          notice(t("invitedAgain", { name }));
        },
        { label: t("inviteAgainName", { name }) },
      ),
    state === "ACTIVE" &&
      id !== here().viewer.id &&
      action(
        t("endSessions"),
        async () => {
          await change(END, { staffMemberId: id });
          notice(t("sessionsEnded", { name }));
        },
        { label: t("endSessionsName", { name }) },
      ),
    state === "ACTIVE" && id !== here().viewer.id && resetFactorsButton(member),
    state !== "DISABLED" && lastDayButton(member),
    externalIdsButton({ ...member, known: members.flatMap((one) => one.externalIds) }, showAgain),
    state === "DISABLED"
      ? h(
          "button",
          { type: "button", class: "quiet", "aria-label": t("enableName", { name }), onclick: () => enable(member) },
          t("enableStaff"),
        )
      : h(
          "button",
          {
            type: "button",
            class: "quiet danger",
            "aria-label": t("disableName", { name }),
            onclick: () => disable(member),
          },
          t("disableStaff"),
        ),
  ];
}

function invite() {
  const intent = new Intent();
  const box = dialog(t("inviteColleague"), [
    h("p", {}, t("inviteBody")),
    form(
      [
        field({ name: "name", label: t("name"), required: true, maxlength: limits.LONGEST_NAME, autocomplete: "off" }),
        field({
          name: "email",
          label: t("email"),
          type: "email",
          required: true,
          maxlength: limits.LONGEST_EMAIL,
          autocomplete: "off",
        }),
        lastDayField(null),
        permissionTicks([]),
      ],
      t("sendInvitation"),
      async (typed) => {
        const { name, email } = typed;
        const lastDay = typed["lastDay"] || null;
        const made = /** @type {any} */ (await withLastDay(() => change(INVITE, { name, email, lastDay }, intent)));
        const wanted = ticked(typed);
        let said = "invitedColleague";
        try {
          if (wanted.length) await setPermissions(made.staffMember.id, wanted);
        } catch {
          // The invitation is on its way all the same: typing it again would only say that the address is taken.
          said = "invitedWithNothing";
        }
        box.close();
        forgetColleagues();
        notice(t(said, { email: String(email) }));
        await showAgain();
      },
      { cancel: () => box.close() },
    ),
  ]);
  only(box, "input").focus();
}

/** @param {boolean} required */
const why = (required) =>
  field({
    name: "reason",
    label: t("reason"),
    hint: t("reasonHint"),
    required,
    maxlength: limits.LONGEST_REASON,
    autocomplete: "off",
  });

/** @param {Colleague} member */
function disable({ id, name }) {
  const box = dialog(t("disableStaffAsk", { name }), [
    h("p", {}, t("disableStaffBody")),
    form(
      [why(true)],
      t("disableStaff"),
      async ({ reason }) => {
        await change(DISABLE, { staffMemberId: id, reason });
        box.close();
        forgetColleagues();
        notice(t("staffDisabled", { name }));
        await showAgain();
      },
      { cancel: () => box.close(), danger: true },
    ),
  ]);
  only(box, "input").focus();
}

/** @param {Colleague} member */
function enable({ id, name }) {
  const box = dialog(t("enableStaffAsk", { name }), [
    h("p", {}, t("enableStaffBody")),
    form(
      [why(true)],
      t("enableStaff"),
      async ({ reason }) => {
        await change(ENABLE, { staffMemberId: id, reason });
        box.close();
        forgetColleagues();
        notice(t("staffEnabled", { name }));
        await showAgain();
      },
      { cancel: () => box.close() },
    ),
  ]);
  only(box, "input").focus();
}
