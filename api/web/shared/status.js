// What an icon must know of a contact's portal status. Every question that feeds an icon asks for the same fields in the
// same order, so that two answers that say the same are equal.

export const STATUS = `portalStatus {
  state icon summary action blockedReason letter alsoAllowed addressOnOtherRecord account { id email } }`;
