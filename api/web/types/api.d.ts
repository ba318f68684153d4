// What the public API answers to the questions that these scripts ask. Optional is what not every question asks for.

interface Account {
  id: string;
  email: string;
}

/** An account that can be linked, with what tells two of them apart. */
interface FoundAccount extends Account {
  registeredAt: string | null;
  lastSignedInAt: string | null;
}

interface Named {
  id: string;
  displayName: string;
}

interface Facility {
  id: string;
  name: string;
}

/** A status as the icon asks for it. */
interface IconStatus {
  state: string;
  icon?: string;
  summary: string;
  action: string | null;
  blockedReason: string | null;
  alsoAllowed?: string[];
  addressOnOtherRecord?: boolean;
  account?: Account | null;
}

interface IconContact {
  id: string;
  displayName?: string;
  email?: string | null;
  portalStatus: IconStatus | null;
  currentEpisode?: { facility: { name: string } | null } | null;
}

interface Appointment {
  id: string;
  startsAt: string;
  endsAt: string;
  cancelledAt: string | null;
  sourceStatus: string | null;
  version: number;
  facility: Facility | null;
  staffMember: StaffMember | null;
  contact: Named & { portalStatus: IconStatus };
}

/** A contact as the lists show it. */
interface ListedContact extends Named {
  archivedAt?: string | null;
  dateOfBirth: string | null;
  email: string | null;
  kind: string;
  portalStatus: { state: string; summary: string; blockedReason: string | null };
  currentEpisode: { facility: { name: string } | null } | null;
}

/** What is asked about a person before they are added. */
interface SimilarFacts {
  givenName: string;
  familyName: string;
  dateOfBirth: string | null;
  emails: string[];
}

/** Somebody on record who may be the person who is being added. */
interface SimilarContact {
  sameNameAndBirthday: boolean;
  sameAddress: boolean;
  contact: ListedContact;
}

/** A record as it is compared before a merge. */
interface MergePerson extends Named {
  dateOfBirth: string | null;
  emails: string[];
  phones: string[];
  relationships: { id: string }[];
  documents: { totalCount: number };
  appointments: { totalCount: number };
  portalStatus: { summary: string };
}

/** A merge that waits for a second person. */
interface AskedMerge {
  id: string;
  askedAt: string;
  reason: string | null;
  askedBy: { id: string; name: string };
  kept: MergePerson;
  duplicate: MergePerson;
}

/** A contact as its own page shows it. */
interface ClosedThrottle {
  way: string;
  until: string;
}

/** What another system calls a record. */
interface ExternalId {
  system: string;
  value: string;
}

interface ContactRecord extends Named {
  externalIds: ExternalId[];
  givenName: string;
  familyName: string;
  dateOfBirth: string | null;
  kind: string;
  language: string;
  emails: string[];
  phones: string[];
  archivedAt: string | null;
  mergedInto: Named | null;
  version: number;
  appointments: { nodes: Appointment[] };
  portalStatus: {
    state: string;
    summary: string;
    blockedReason: string | null;
    alsoAllowed: string[];
    remedies: string[];
    reachedThrough: { kind: string; relative: { displayName: string } }[];
    account: Account | null;
  };
  closedThrottles: ClosedThrottle[];
  formerPortalAccounts: FoundAccount[];
  portalLinks: { nodes: PortalLink[] };
  relationships: Relationship[];
  currentEpisode: { id: string; facility: Facility | null; version: number } | null;
}

interface PortalLink {
  id: string;
  email: string;
  linkedAt: string;
  linkedHow: string;
  unlinkedAt: string | null;
  unlinkReason: string | null;
}

interface Relationship {
  id: string;
  kind: string;
  portalAccess: boolean;
  endsOn: string | null;
  version: number;
  client: Named;
  relative: Named;
}

interface Signature {
  id: string;
  position: number;
  signer: Named;
  relationship: string | null;
  signedAt: string | null;
  declinedAt: string | null;
  declineReason: string | null;
}

interface ListedDocument {
  id: string;
  title: string;
  kind: string;
  pageCount: number;
  createdAt: string;
  sharing: string;
  recipients: Named[];
  signatureState: string;
  inSequence: boolean;
  withdrawnAt: string | null;
  withdrawReason: string | null;
  completedAt: string | null;
  completionProblem: string | null;
  supersededBy: { id: string; title: string } | null;
  signatures: Signature[];
}

interface FollowedDocument
  extends Pick<
    ListedDocument,
    | "id"
    | "title"
    | "createdAt"
    | "sharing"
    | "signatureState"
    | "inSequence"
    | "withdrawnAt"
    | "supersededBy"
    | "signatures"
  > {
  sharedAt: string | null;
  contact: Named;
}

interface FamilyMember {
  relationship: string | null;
  hasAccess: boolean;
  hasAccount: boolean;
  contact: Named;
}

interface SharingPreview {
  members: FamilyMember[];
  allAuthorized: { now: FamilyMember[]; later: FamilyMember[] };
  signers: Named[];
}

interface AuditEvent {
  id: string;
  at: string;
  action: string;
  actor: string;
  reason: string | null;
  subject: { title?: string; email?: string } | null;
}

/** A letter as the list of letters shows it. */
interface ListedLetter {
  id: string;
  kind: string;
  toAddress: string;
  state: string;
  createdAt: string;
  sentAt: string | null;
  failedAt: string | null;
  nextAttemptAt: string | null;
  failure: string | null;
  contact: { id: string; displayName: string } | null;
}

/** A transfer that waits, as the record shows it. */
interface AskedTransfer {
  id: string;
  askedAt: string;
  reason: string | null;
  askedBy: { id: string; name: string };
}

interface TransferPerson extends Named {
  dateOfBirth: string | null;
  emails: string[];
}

interface TransferReview {
  accountEmail: string;
  registeredAt: string | null;
  lastSignedInAt: string | null;
  linkedAt: string;
  linkedHow: string;
  holder: TransferPerson;
}

interface PortalTransfer extends AskedTransfer {
  contact: TransferPerson;
  review: TransferReview | null;
}

interface StaffMember {
  id: string;
  name: string;
}

/** A staff member as the page of those who manage staff shows them. */
interface Colleague extends StaffMember {
  externalIds: ExternalId[];
  email: string;
  state: string;
  permissions: string[];
  disabledAt: string | null;
  disabledReason: string | null;
  lastDay: string | null;
  closedThrottles: ClosedThrottle[];
  lastSignedInAt: string | null;
}

interface OwnSession {
  id: string;
  startedAt: string;
  lastSeenAt: string;
  address: string;
  agent: string;
  current: boolean;
}

interface Page<Node> {
  nodes: Node[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** A facility as the settings show it. */
interface WholeFacility extends Facility {
  externalIds: ExternalId[];
  address: string;
  phone: string;
  timeZone: string | null;
  archivedAt: string | null;
}

/** A signed document that need not be kept any longer. */
interface ErasableDocument {
  keptUntil: string;
  lastSignedAt: string;
  document: { id: string; title: string; contact: { id: string; displayName: string } };
}

/** What of the practice's settings can be typed. */
interface PracticeSettings {
  name: string;
  address: string;
  phone: string;
  website: string;
  supportEmail: string;
  colour: string;
  discreetName: string;
  timeZone: string;
  languages: string[];
  relativesEndAtAge: number | null;
  ageingWarningDays: number;
  signingReminders: boolean;
  staffIdleMinutes: number;
  signedRetentionYears: number | null;
  paperSize: Paper;
  requireStaffSecondFactor: boolean;
  allowedOrigins: string[];
  logoUrl: string | null;
  facilities: WholeFacility[];
}

/** What differs from what is saved. Null: no logo. */
type SettingsInput = Partial<Omit<PracticeSettings, "logoUrl" | "facilities">> & { logoUploadId?: string | null };

interface ToneShown {
  fill: string;
  text: string;
  contrast: number;
}

type Paper = "LETTER" | "A4";

interface LetterShown {
  sender: string;
  subject: string;
  text: string;
  url: string;
  darkUrl: string;
}

interface SheetShown {
  imageUrl: string;
  pdfUrl: string;
}

interface SettingsPreview {
  letterPreview: LetterShown;
  letter: SheetShown;
  a4: SheetShown;
  brandPreview: {
    header: ToneShown;
    onLight: ToneShown;
    onDark: ToneShown;
    contrastOnWhite: number;
    logoUrl: string | null;
  };
}

/** A program that signs in by itself. */
interface ServiceAccount {
  id: string;
  clientId: string;
  name: string;
  permissions: string[];
  mayActForStaff: boolean;
  jwks: string | null;
  jwksUrl: string | null;
  lastSignedInAt: string | null;
  oldSecretEndsAt: string | null;
  disabledAt: string | null;
}

/** An address that is told of events. */
interface WebhookEndpoint {
  id: string;
  url: string;
  events: string[];
  disabledAt: string | null;
  disabledWhy: string | null;
  failingSince: string | null;
  oldSecretEndsAt: string | null;
}

interface WebhookDelivery {
  id: string;
  event: string;
  createdAt: string;
  state: string;
  attempts: number;
  lastStatus: number | null;
  failure: string | null;
  nextAttemptAt: string | null;
}
