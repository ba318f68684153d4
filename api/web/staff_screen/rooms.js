// The rooms of the screen: what each needs, and which of them the head offers. The server decides; this is asked first,
// so that nothing is offered or asked for that it would refuse.

// Every room that has an address, with the permissions without which it shows nothing.
export const NEEDS = {
  calendar: ["VIEW_CONTACTS"],
  contacts: ["VIEW_CONTACTS"],
  contact: ["VIEW_CONTACTS"],
  audit: ["VIEW_CONTACTS", "VIEW_AUDIT"],
  worklist: ["VIEW_CONTACTS"],
  transfers: ["VIEW_CONTACTS"],
  letters: ["VIEW_CONTACTS", "WEB_PORTAL"],
  erasable: ["VIEW_CONTACTS", "MANAGE_CONTACTS", "MANAGE_ORGANIZATION"],
  // Everybody may look at who works here.
  staff: [],
  settings: ["MANAGE_ORGANIZATION"],
  programs: ["MANAGE_INTEGRATIONS"],
  webhooks: ["MANAGE_INTEGRATIONS"],
  import: ["VIEW_CONTACTS", "MANAGE_CONTACTS"],
  account: [],
};
/** @typedef {keyof typeof NEEDS} Room */

/** @type {Room[]} */
const IN_HEAD = ["calendar", "contacts", "worklist", "transfers", "staff", "settings", "programs", "webhooks"];

/** @typedef {(permission: string) => boolean} May */

/**
 * The first permission that somebody lacks for a room; null if there is none.
 * @param {Room} room
 * @param {May} may
 */
export const lacking = (room, may) => NEEDS[room].find((permission) => !may(permission)) ?? null;

/**
 * The rooms that the head offers, in their order.
 * @param {May} may
 */
export const offered = (may) =>
  IN_HEAD.filter((room) => lacking(room, may) === null && (room !== "staff" || may("MANAGE_STAFF")));

/**
 * @param {string} name
 * @returns {name is Room}
 */
export const isRoom = (name) => Object.hasOwn(NEEDS, name);
