// What the element asks of the public API.

import { STATUS } from "../../shared/status.js";

const CONTACT = `id displayName email ${STATUS}`;
export const READ = `query PortalIcons($ids: [ID!]!) { nodes(ids: $ids) { ... on Contact { ${CONTACT} } } }`;
export const READ_CALLED = `query PortalIconsCalled($ids: [ExternalIdInput!]!) { nodes: contactsByExternalId(ids: $ids) { ${CONTACT} } }`;
export const OPEN = `query PortalIcon($ids: [ID!]!) { organization { name }
  nodes(ids: $ids) { ... on Contact { ${CONTACT} currentEpisode { facility { name } } } } }`;
// Each is written out: api/web/operations.py reads them from here.
const DO = {
  createPortalAccount: `mutation CreatePortalAccount($input: CreatePortalAccountInput!) {
  answer: createPortalAccount(input: $input) { __typename
    ... on CreatePortalAccountSuccess { contact { ${CONTACT} } } ... on UserError { message } } }`,
  linkPortalAccount: `mutation LinkPortalAccount($input: LinkPortalAccountInput!) {
  answer: linkPortalAccount(input: $input) { __typename
    ... on LinkPortalAccountSuccess { contact { ${CONTACT} } } ... on UserError { message }
    ... on SeveralAccounts { accounts { id email registeredAt lastSignedInAt } } } }`,
  printPortalInstructions: `mutation PrintPortalInstructions($input: PrintPortalInstructionsInput!) {
  answer: printPortalInstructions(input: $input) { __typename
    ... on PrintPortalInstructionsSuccess { contact { ${CONTACT} } url } ... on UserError { message } } }`,
  resendPortalInvitation: `mutation ResendPortalInvitation($input: ResendPortalInvitationInput!) {
  answer: resendPortalInvitation(input: $input) { __typename
    ... on ResendPortalInvitationSuccess { contact { ${CONTACT} } } ... on UserError { message } } }`,
  revokePortalInvitation: `mutation RevokePortalInvitation($input: RevokePortalInvitationInput!) {
  answer: revokePortalInvitation(input: $input) { __typename
    ... on RevokePortalInvitationSuccess { contact { ${CONTACT} } } ... on UserError { message } } }`,
};

/** @typedef {keyof typeof DO} Operation */

/** @param {Operation} name */
export const mutation = (name) => DO[name];
