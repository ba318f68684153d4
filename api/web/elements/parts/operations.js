// What the element asks of the public API.

const STATUS = `id displayName email portalStatus {
  state icon summary action blockedReason letter alsoAllowed addressOnOtherRecord account { id email } }`;
export const READ = `query PortalIcons($ids: [ID!]!) { nodes(ids: $ids) { ... on Contact { ${STATUS} } } }`;
export const OPEN = `query PortalIcon($ids: [ID!]!) { organization { name }
  nodes(ids: $ids) { ... on Contact { ${STATUS} currentEpisode { facility { name } } } } }`;
const DO = {
  createPortalAccount: "CreatePortalAccount",
  linkPortalAccount: "LinkPortalAccount",
  printPortalInstructions: "PrintPortalInstructions",
  resendPortalInvitation: "ResendPortalInvitation",
  revokePortalInvitation: "RevokePortalInvitation",
};

/** @typedef {keyof typeof DO} Operation */

/** @param {Operation} name */
export const mutation = (name) => {
  const own = name === "printPortalInstructions" ? "url" : "";
  const several = name === "linkPortalAccount" ? "... on SeveralAccounts { accounts { id email } }" : "";
  return `mutation ${DO[name]}($input: ${DO[name]}Input!) { answer: ${name}(input: $input) { __typename
  ... on ${DO[name]}Success { contact { ${STATUS} } ${own} } ... on UserError { message } ${several} } }`;
};
