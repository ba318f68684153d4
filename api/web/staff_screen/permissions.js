// What each permission allows, in plain words, and the dialog in which a staff member's are set.

import { h } from "../shared/markup.js";
import { dialog, notice } from "./dom.js";
import { field, form } from "./forms.js";
import { showAgain } from "./navigate.js";
import { change, here, learn, may } from "./session.js";
import { t } from "./words.js";

// In the order in which one thinks of them.
export const PERMISSIONS = [
  "VIEW_CONTACTS",
  "MANAGE_CONTACTS",
  "WEB_PORTAL",
  "MANAGE_STAFF",
  "MANAGE_ORGANIZATION",
  "MANAGE_INTEGRATIONS",
  "VIEW_AUDIT",
];
const SET = `mutation ($input: SetStaffPermissionsInput!) { answer: setStaffPermissions(input: $input) { __typename ... on UserError { message } } }`;

/**
 * @param {string} staffMemberId
 * @param {string[]} permissions
 */
export const setPermissions = (staffMemberId, permissions) => change(SET, { staffMemberId, permissions });

/**
 * A tick for each permission. Nobody gives what they don't have, so what can't be given can't be ticked.
 * @param {string[]} held what the person has now
 * @param {string[]} offered those that can be given at all
 */
export const permissionTicks = (held, offered = PERMISSIONS) =>
  h(
    "fieldset",
    {},
    h("legend", {}, t("permissions")),
    offered.map((name) => {
      const mayChange = may(name) || held.includes(name);
      return field({
        name,
        label: t(`may${name}`),
        hint: mayChange ? t(`may${name}Hint`) : t("notYours"),
        type: "checkbox",
        value: held.includes(name),
        disabled: !mayChange,
      });
    }),
  );

/** @param {Typed} typed */
export const ticked = (typed) => PERMISSIONS.filter((name) => Boolean(typed[name]));

/** @param {Colleague} member */
export function editPermissions(member) {
  const box = dialog(t("permissionsOf", { name: member.name }), [
    form(
      [permissionTicks(member.permissions)],
      t("setPermissions"),
      async (typed) => {
        await setPermissions(member.id, ticked(typed));
        box.close();
        notice(t("permissionsSet", { name: member.name }));
        if (member.id === here().viewer.id) await learn();
        await showAgain();
      },
      { cancel: () => box.close() },
    ),
  ]);
}

/** @param {string[]} held */
export const permissionList = (held) =>
  held.length
    ? PERMISSIONS.filter((name) => held.includes(name))
        .map((name) => t(`may${name}`))
        .join("; ")
    : t("mayNothing");
