// What an icon must know of a contact's portal status. Whoever reads it for an icon asks for the same fields in the same
// order, so that an answer which says the same compares as the same.

export const STATUS = `portalStatus {
  state icon summary action blockedReason letter alsoAllowed addressOnOtherRecord account { id email } }`;
