// Made by generate.mjs. Don't edit it.
import type { DocumentTypeDecoration } from './client.js';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A day without a time, as YYYY-MM-DD. */
  Date: { input: string; output: string; }
  /** An instant as RFC 3339 with an offset. */
  DateTime: { input: string; output: string; }
};

/** What a person types who opened an invitation's link. */
export type AcceptPortalInvitationInput = {
  /** Proves who you are. */
  dateOfBirth?: InputMaybe<Scalars['Date']['input']>;
  /** The organization's slug, from the link; the token alone is enough. */
  organization?: InputMaybe<Scalars['String']['input']>;
  /** The portal password you choose; it signs documents too. */
  password: Scalars['String']['input'];
  /** Proves it where the record has no date of birth: the code on the printed sheet. */
  pin?: InputMaybe<Scalars['String']['input']>;
  /** The last part of the link. */
  token: Scalars['String']['input'];
};

/** Which entry of the calendar is cancelled. Nobody gets a letter about it. */
export type CancelAppointmentInput = {
  /** Which appointment. */
  appointmentId: Scalars['ID']['input'];
  /** The version you saw. If somebody changed the record after that, nothing is changed and the answer is ChangedMeanwhile. Without it the last write wins. */
  version?: InputMaybe<Scalars['Int']['input']>;
};

/** The second step of a sign-in: give one of code, recoveryCode and passkey. */
export type CompleteSignInInput = {
  /** From SecondFactorNeeded. */
  challenge: Scalars['String']['input'];
  /** Six digits from the app. */
  code?: InputMaybe<Scalars['String']['input']>;
  /** The browser's answer to the passkey options, as JSON. */
  passkey?: InputMaybe<Scalars['String']['input']>;
  /** One of the recovery codes, or the code that a manager of staff handed over. */
  recoveryCode?: InputMaybe<Scalars['String']['input']>;
};

/** What proves who you are, after staff linked your account. */
export type ConfirmIdentityInput = {
  /** Yours. */
  dateOfBirth?: InputMaybe<Scalars['Date']['input']>;
  /** Where the record has no date of birth: the code on the printed sheet. */
  pin?: InputMaybe<Scalars['String']['input']>;
};

/** A way out of a conflict; may gain values. */
export type ConflictRemedy =
  /** If the account's holder is a relative: give the relationship portal access. */
  | 'GIVE_RELATIVE_ACCESS'
  /** If the account is this contact's own: ask for a transfer, which a second person reviews. */
  | 'REQUEST_TRANSFER'
  /** Put another address on this contact's record. */
  | 'USE_ANOTHER_ADDRESS'
  | '%future added value';

/** What proves that a record is yours. */
export type ConnectWithPinInput = {
  /** Yours; not asked for where the record has none. */
  dateOfBirth?: InputMaybe<Scalars['Date']['input']>;
  /** The code on the printed sheet. */
  pin: Scalars['String']['input'];
};

/** Why a person is on record. */
export type ContactKind =
  /** Receives care. */
  | 'CLIENT'
  /** Anyone else: a parent, a guardian, a payer. */
  | 'INDIVIDUAL'
  | '%future added value';

/** An entry in the calendar. */
export type CreateAppointmentInput = {
  /** Who is expected. */
  contactId: Scalars['ID']['input'];
  /** When it ends, with its offset. */
  endsAt: Scalars['DateTime']['input'];
  /** Where, if known. */
  facilityId?: InputMaybe<Scalars['ID']['input']>;
  /** Any text of up to 100 characters, new for each thing you mean to do. The same key again within 24 hours answers what the first call made, and does nothing again. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** With whom, if known. */
  staffMemberId?: InputMaybe<Scalars['ID']['input']>;
  /** When it starts, with its offset. */
  startsAt: Scalars['DateTime']['input'];
};

/** A person to put on record. */
export type CreateContactInput = {
  /** Date of birth, if known. */
  dateOfBirth?: InputMaybe<Scalars['Date']['input']>;
  /** Addresses, the primary one first. */
  emails?: Array<Scalars['String']['input']>;
  /** Family name, as the person writes it. */
  familyName: Scalars['String']['input'];
  /** Given name, as the person writes it. */
  givenName: Scalars['String']['input'];
  /** Any text of up to 100 characters, new for each thing you mean to do. The same key again within 24 hours answers what the first call made, and does nothing again. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Client, or anyone else. */
  kind?: ContactKind;
  /** The language of letters, as a BCP 47 tag. */
  language?: Scalars['String']['input'];
  /** Phone numbers, the first to try first. */
  phones?: Array<Scalars['String']['input']>;
};

/** A document for a client's record: from a PDF that was sent, or from a text. */
export type CreateDocumentInput = {
  /** Whose record. */
  contactId: Scalars['ID']['input'];
  /** Any text of up to 100 characters, new for each thing you mean to do. The same key again within 24 hours answers what the first call made, and does nothing again. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Whether they sign one after another. */
  inSequence?: Scalars['Boolean']['input'];
  /** What sort of paper it is. */
  kind?: DocumentKind;
  /** The language of the words, as a BCP 47 tag; the client's unless told. */
  language?: InputMaybe<Scalars['String']['input']>;
  /** Who signs: the client, or relatives with portal access. Empty: no signature is wanted. */
  signerIds?: Array<Scalars['ID']['input']>;
  /** The document of the same client whose place it takes. */
  supersedesId?: InputMaybe<Scalars['ID']['input']>;
  /** The words, in Markdown: headings, paragraphs, lists, tables of two columns; anything else, HTML among it, is plain text. Or give `uploadId`. */
  text?: InputMaybe<Scalars['String']['input']>;
  /** What it is called: plain text, up to 200 characters. */
  title: Scalars['String']['input'];
  /** What POST /uploads answered; good for one document. Or give `text`. */
  uploadId?: InputMaybe<Scalars['ID']['input']>;
};

/** Whose account to create, and whose name its letter bears. */
export type CreatePortalAccountInput = {
  /** Whose. */
  contactId: Scalars['ID']['input'];
  /** Any text of up to 100 characters, new for each thing you mean to do. The same key again within 24 hours answers what the first call made, and does nothing again. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Whose name this one letter bears. */
  sender?: LetterSender;
};

/** What you will not sign, and why. */
export type DeclineDocumentInput = {
  /** Which. */
  documentId: Scalars['ID']['input'];
  /** Why, in one line; the practice reads it. */
  reason: Scalars['String']['input'];
};

/** What sort of paper a document is; no rule depends on it. */
export type DocumentKind =
  /** What two sides agree on. */
  | 'AGREEMENT'
  /** Agreeing to a treatment or to sharing something. */
  | 'CONSENT'
  /** A form that was filled in. */
  | 'FORM'
  /** A letter or report. */
  | 'LETTER'
  /** Anything else. */
  | 'OTHER'
  /** A plan of care. */
  | 'PLAN'
  | '%future added value';

/** Who sees a document: the colour of its globe. */
export type DocumentSharing =
  /** Blue: the client and every relative with portal access, also one who gets it later. */
  | 'ALL_AUTHORIZED'
  /** Orange: exactly those chosen, as long as they have portal access. */
  | 'CHOSEN_RECIPIENTS'
  /** Gray: nobody but the practice. */
  | 'NOT_SHARED'
  | '%future added value';

/** Which session to end. */
export type EndSessionInput = {
  /** Which, from mySessions. */
  sessionId: Scalars['ID']['input'];
};

/** What is asked for after the password. */
export type FactorKind =
  /** A passkey (WebAuthn). */
  | 'PASSKEY'
  /** Six digits from an app, new every 30 seconds. */
  | 'TOTP'
  | '%future added value';

/** Whose name the letter bears. */
export type LetterSender =
  /** The facility of the current episode, or the organization where that is "--". */
  | 'AUTOMATIC'
  /** A neutral name that says nothing of the practice. */
  | 'DISCREET'
  /** The organization. */
  | 'ORGANIZATION'
  | '%future added value';

/** How far a letter got. */
export type LetterState =
  /** It was refused for good. */
  | 'BOUNCED'
  /** Its reason ended before it was sent. */
  | 'CANCELLED'
  /** It was given up after many tries. */
  | 'FAILED'
  /** There is no letter. */
  | 'NONE'
  /** It waits to be sent, or to be tried again. */
  | 'QUEUED'
  /** The mail server took it. */
  | 'SENT'
  | '%future added value';

/** Which account to link to which contact. */
export type LinkPortalAccountInput = {
  /** The account, where several bear the contact's addresses, or one of `formerPortalAccounts`. */
  accountId?: InputMaybe<Scalars['ID']['input']>;
  /** Whose record. */
  contactId: Scalars['ID']['input'];
  /** Any text of up to 100 characters, new for each thing you mean to do. The same key again within 24 hours answers what the first call made, and does nothing again. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** What one click on the icon does, or what may be done besides; may gain values. */
export type PortalAction =
  /** Asks to create the account, then emails the person. */
  | 'CREATE_ACCOUNT'
  /** Closes the account to its person. */
  | 'DISABLE_ACCOUNT'
  /** Opens a disabled account again. */
  | 'ENABLE_ACCOUNT'
  /** Links the account that was found to this contact. */
  | 'LINK_ACCOUNT'
  /** Offers the printed instructions. */
  | 'PRINT_INSTRUCTIONS'
  /** Gives the record a new PIN. */
  | 'REGENERATE_PIN'
  /** Asks that the account be given to this contact; a second person decides. */
  | 'REQUEST_TRANSFER'
  /** Sends the invitation's letter once more. */
  | 'RESEND_INVITATION'
  /** Takes the invitation back. */
  | 'REVOKE_INVITATION'
  /** Ends the link to the account. */
  | 'UNLINK_ACCOUNT'
  | '%future added value';

/** The icon on the chart and in the calendar. */
export type PortalIcon =
  /** Globe and person gray, in outline. */
  | 'ALL_GRAY'
  /** Blue globe, person filled, with a mark for invited, found or linked. */
  | 'BLUE_GLOBE_PERSON'
  /** Gray globe, person filled. */
  | 'GRAY_GLOBE_PERSON'
  /** Gray globe with a red warning sign. */
  | 'GRAY_GLOBE_WARNING'
  | '%future added value';

/** Where a contact stands between the record and the portal. */
export type PortalState =
  /** An account with one of the addresses exists and is linked to no record. */
  | 'ACCOUNT_NOT_LINKED'
  /** The account with the contact's address belongs to another record. */
  | 'EMAIL_CONFLICT'
  /** Staff created the account; the person has not yet registered. */
  | 'INVITED'
  /** The contact has a live link to a registered account. */
  | 'LINKED'
  /** An address, and no account with it. */
  | 'NO_ACCOUNT'
  /** No email address and no link. */
  | 'NO_EMAIL'
  | '%future added value';

/** Whose instructions to print. */
export type PrintPortalInstructionsInput = {
  /** Whose. */
  contactId: Scalars['ID']['input'];
  /** Any text of up to 100 characters, new for each thing you mean to do. The same key again within 24 hours answers what the first call made, and does nothing again. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** The other half of a session. */
export type RefreshSessionInput = {
  /** The newest refresh token; it works once. */
  refreshToken: Scalars['String']['input'];
};

/** What a person types who registers without an invitation. */
export type RegisterPortalAccountInput = {
  /** A secret your app keeps between the two steps, so that the letter may be confirmed by it without a password. */
  deviceSecret?: InputMaybe<Scalars['String']['input']>;
  /** Your address; a letter goes there. */
  email: Scalars['String']['input'];
  /** Of the letter and the pages, such as en or es. */
  language?: Scalars['String']['input'];
  /** The organization's slug. */
  organization: Scalars['String']['input'];
  /** The portal password you choose; it signs documents too. */
  password: Scalars['String']['input'];
};

/** Whose password is forgotten. */
export type RequestPasswordResetInput = {
  /** The address you sign in with. */
  email: Scalars['String']['input'];
  /** The organization's slug. */
  organization: Scalars['String']['input'];
};

/** Whose invitation to send once more. */
export type ResendPortalInvitationInput = {
  /** Whose. */
  contactId: Scalars['ID']['input'];
  /** Any text of up to 100 characters, new for each thing you mean to do. The same key again within 24 hours answers what the first call made, and does nothing again. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Whose name the letter bears; as before unless told. */
  sender?: InputMaybe<LetterSender>;
};

/** The letter's link and the password you choose. */
export type ResetPasswordInput = {
  /** The organization's slug, from the link; the token alone is enough. */
  organization?: InputMaybe<Scalars['String']['input']>;
  /** The portal password you choose; it signs documents too. */
  password: Scalars['String']['input'];
  /** The last part of the link. */
  token: Scalars['String']['input'];
};

/** Whose invitation to take back, and why. */
export type RevokePortalInvitationInput = {
  /** Whose. */
  contactId: Scalars['ID']['input'];
  /** Why; it stays in the history. */
  reason?: Scalars['String']['input'];
};

/** With whom to share a document: `allAuthorized`, or `recipientIds`; one of the two. */
export type ShareDocumentInput = {
  /** True: with the client and every relative with portal access, also one who gets it later. */
  allAuthorized?: InputMaybe<Scalars['Boolean']['input']>;
  /** Which. */
  documentId: Scalars['ID']['input'];
  /** Any text of up to 100 characters, new for each thing you mean to do. The same key again within 24 hours answers what the first call made, and does nothing again. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** With exactly these: the client, or relatives with portal access. */
  recipientIds?: InputMaybe<Array<Scalars['ID']['input']>>;
};

/** What a person gives to sign a document they were shown. */
export type SignDocumentInput = {
  /** `signingConsent.version` of the words that were shown; empty where none were, because of `given`. */
  consentVersion: Scalars['String']['input'];
  /** Which. */
  documentId: Scalars['ID']['input'];
  /** `signingConsent.language` of those words. */
  language?: Scalars['String']['input'];
  /** Your portal password; wrong ones count as in signing in. */
  password: Scalars['String']['input'];
  /** SHA-256 of the bytes that were shown, in hexadecimal, in small letters. */
  sha256: Scalars['String']['input'];
  /** Your name, as you type it to sign. */
  typedName: Scalars['String']['input'];
};

/** A patient's sign-in. */
export type SignInPatientInput = {
  /** The address of your portal account. */
  email: Scalars['String']['input'];
  /** The organization's slug. */
  organization: Scalars['String']['input'];
  /** Your portal password. */
  password: Scalars['String']['input'];
};

/** A staff member's sign-in. */
export type SignInStaffInput = {
  /** The address you sign in with. */
  email: Scalars['String']['input'];
  /** The organization's slug. */
  organization: Scalars['String']['input'];
  /** Your password. */
  password: Scalars['String']['input'];
};

/** Where the signing of a document stands. */
export type SignatureState =
  /** Everybody has signed, and the sealed PDF is there. */
  | 'COMPLETED'
  /** A signer said no. */
  | 'DECLINED'
  /** Nobody is asked to sign. */
  | 'NOT_REQUIRED'
  /** Not everybody has signed, or the sealed PDF is being made. */
  | 'WAITING'
  | '%future added value';

/** Whose link to end, and why. */
export type UnlinkPortalAccountInput = {
  /** Whose record. */
  contactId: Scalars['ID']['input'];
  /** Why; it stays in the history. */
  reason: Scalars['String']['input'];
};

/** Which document nobody shall see any more. */
export type UnshareDocumentInput = {
  /** Which. */
  documentId: Scalars['ID']['input'];
};

/** What changes in an entry of the calendar. Nobody gets a letter about it. */
export type UpdateAppointmentInput = {
  /** Which appointment. */
  appointmentId: Scalars['ID']['input'];
  /** Whether it is cancelled; false takes a cancellation back. Leave it out to keep it as it is. */
  cancelled?: InputMaybe<Scalars['Boolean']['input']>;
  /** When it ends, with its offset. Leave it out to keep it as it is. */
  endsAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** Where; null: not known. Leave it out to keep it as it is. */
  facilityId?: InputMaybe<Scalars['ID']['input']>;
  /** With whom; null: not known. Leave it out to keep it as it is. */
  staffMemberId?: InputMaybe<Scalars['ID']['input']>;
  /** When it starts, with its offset. Leave it out to keep it as it is. */
  startsAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** The version you saw. If somebody changed the record after that, nothing is changed and the answer is ChangedMeanwhile. Without it the last write wins. */
  version?: InputMaybe<Scalars['Int']['input']>;
};

/** Which error it is; may gain values. */
export type UserErrorCode =
  /** It was decided before. */
  | 'ALREADY_DECIDED'
  /** There is a link already. */
  | 'ALREADY_LINKED'
  /** It has been signed already. */
  | 'ALREADY_SIGNED'
  /** The step took too long or is done. */
  | 'CHALLENGE_NOT_USABLE'
  /** Somebody changed the record after you saw it. */
  | 'CHANGED_MEANWHILE'
  /** A password must be chosen along with this. */
  | 'CHOOSE_NEW_PASSWORD'
  /** The account was linked again after the transfer was asked for. */
  | 'CONFLICT_CHANGED'
  /** There is no address to write to. */
  | 'CONTACT_HAS_NO_EMAIL'
  /** What was shown is not what would be signed. */
  | 'DOCUMENT_CHANGED'
  /** Nothing is to be signed or changed (any more). */
  | 'DOCUMENT_CLOSED'
  /** The account with the address belongs to another record. */
  | 'EMAIL_CONFLICT'
  /** Somebody else has the address. */
  | 'EMAIL_TAKEN'
  /** Another record has the external id. */
  | 'EXTERNAL_ID_TAKEN'
  /** The code or passkey is not right, or was used before. */
  | 'FACTOR_REFUSED'
  /** Files can't be stored or read right now. */
  | 'FILE_STORE_UNAVAILABLE'
  /** Prove yourself again, then do it again. */
  | 'FRESH_SIGN_IN_NEEDED'
  /** What was typed does not fit the record. */
  | 'IDENTITY_NOT_CONFIRMED'
  /** One or several inputs can't be used. */
  | 'INVALID_INPUT'
  /** The link opens nothing (any more). */
  | 'INVITATION_NOT_USABLE'
  /** The practice asks for a second factor, and this is the only one. */
  | 'LAST_FACTOR'
  /** Nobody who can sign in would be left to manage staff. */
  | 'LAST_MANAGER'
  /** Passwords are off, and this is the one whose password works. */
  | 'LAST_PASSWORD'
  /** A mailed link about an account opens nothing (any more). */
  | 'LINK_NOT_USABLE'
  /** The password does only with a second factor. */
  | 'LONGER_PASSWORD_NEEDED'
  /** The two records can't be merged (yet). */
  | 'MERGE_BLOCKED'
  /** The record can't be erased (yet). */
  | 'MUST_BE_KEPT'
  /** Somebody else, or nobody, is asked to sign. */
  | 'NOT_A_SIGNER'
  /** No such record for this caller. */
  | 'NOT_FOUND'
  /** There is no link to act on. */
  | 'NOT_LINKED'
  /** A permission is missing. */
  | 'NOT_PERMITTED'
  /** The document is not shared with you (any more). */
  | 'NOT_SHARED'
  /** Somebody else asked for it. */
  | 'NOT_YOUR_REQUEST'
  /** Somebody else has to sign before you. */
  | 'NOT_YOUR_TURN'
  /** There is no conflict to settle (any more). */
  | 'NO_CONFLICT'
  /** No account with one of the addresses waits to be linked. */
  | 'NO_MATCHING_ACCOUNT'
  /** The account's password must be given along with this. */
  | 'PASSWORD_NEEDED'
  /** Staff sign in at the practice's provider. */
  | 'PASSWORD_SIGN_IN_OFF'
  /** An account exists already. */
  | 'PORTAL_ACCOUNT_EXISTS'
  /** The same person seems to be on record already. */
  | 'POSSIBLE_TWIN'
  /** Nobody signed in at the practice's provider. */
  | 'PROVIDER_SIGN_IN_REFUSED'
  /** A person signs in with the address. */
  | 'REGISTERED_ADDRESS'
  /** The password is right; a second factor is asked for. */
  | 'SECOND_FACTOR_NEEDED'
  /** You don't count as a second person. */
  | 'SECOND_PERSON_NEEDED'
  /** One of several accounts has to be chosen. */
  | 'SEVERAL_ACCOUNTS'
  /** Wait before the next attempt. */
  | 'TOO_MANY_ATTEMPTS'
  /** The password may not be used. */
  | 'WEAK_PASSWORD'
  /** No such sign-in. */
  | 'WRONG_CREDENTIALS'
  | '%future added value';

/** What confirms an address: a new account's, or the new one of an old account. */
export type VerifyPortalEmailInput = {
  /** A secret your app keeps between the two steps, so that the letter may be confirmed by it without a password. */
  deviceSecret?: InputMaybe<Scalars['String']['input']>;
  /** For a new account confirmed from elsewhere: the password you choose. */
  newPassword?: InputMaybe<Scalars['String']['input']>;
  /** The organization's slug, from the link; the token alone is enough. */
  organization?: InputMaybe<Scalars['String']['input']>;
  /** For a new address confirmed from elsewhere: the account's password. */
  password?: InputMaybe<Scalars['String']['input']>;
  /** The last part of the link. */
  token: Scalars['String']['input'];
};

export type RegisterMutationVariables = Exact<{
  input: RegisterPortalAccountInput;
}>;


export type RegisterMutation = { registerPortalAccount: { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'RegisterPortalAccountSuccess', message: string } | { __typename: 'TooManyAttempts', code: UserErrorCode, message: string } | { __typename: 'WeakPassword', reasons: Array<string>, code: UserErrorCode, message: string } };

export type VerifyEmailMutationVariables = Exact<{
  input: VerifyPortalEmailInput;
}>;


export type VerifyEmailMutation = { verifyPortalEmail: { __typename: 'ChooseNewPassword', code: UserErrorCode, message: string } | { __typename: 'LinkNotUsable', reason: string, code: UserErrorCode, message: string } | { __typename: 'PasswordNeeded', code: UserErrorCode, message: string } | { __typename: 'SecondFactorNeeded', challenge: string, kinds: Array<FactorKind>, code: UserErrorCode, message: string } | { __typename: 'TooManyAttempts', code: UserErrorCode, message: string } | { __typename: 'VerifyPortalEmailSuccess', accessToken: string, refreshToken: string, expiresAt: string } | { __typename: 'WeakPassword', code: UserErrorCode, message: string } | { __typename: 'WrongCredentials', code: UserErrorCode, message: string } };

export type AcceptInvitationMutationVariables = Exact<{
  input: AcceptPortalInvitationInput;
}>;


export type AcceptInvitationMutation = { acceptPortalInvitation: { __typename: 'AcceptPortalInvitationSuccess', accessToken: string, refreshToken: string, expiresAt: string } | { __typename: 'IdentityNotConfirmed', code: UserErrorCode, message: string } | { __typename: 'InvitationNotUsable', reason: string, code: UserErrorCode, message: string } | { __typename: 'TooManyAttempts', code: UserErrorCode, message: string } | { __typename: 'WeakPassword', reasons: Array<string>, code: UserErrorCode, message: string } };

export type SignInPatientMutationVariables = Exact<{
  input: SignInPatientInput;
}>;


export type SignInPatientMutation = { signInPatient: { __typename: 'ChallengeNotUsable', code: UserErrorCode, message: string } | { __typename: 'FactorRefused', code: UserErrorCode, message: string } | { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'InvitationNotUsable', code: UserErrorCode, message: string } | { __typename: 'PasswordSignInOff', code: UserErrorCode, message: string } | { __typename: 'ProviderSignInRefused', code: UserErrorCode, message: string } | { __typename: 'SecondFactorNeeded', challenge: string, kinds: Array<FactorKind>, code: UserErrorCode, message: string } | { __typename: 'SignInSuccess', accessToken: string, refreshToken: string, expiresAt: string } | { __typename: 'TooManyAttempts', code: UserErrorCode, message: string } | { __typename: 'WrongCredentials', code: UserErrorCode, message: string } };

export type AskForResetMutationVariables = Exact<{
  input: RequestPasswordResetInput;
}>;


export type AskForResetMutation = { requestPasswordReset: { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'RequestPasswordResetSuccess', message: string } | { __typename: 'TooManyAttempts', code: UserErrorCode, message: string } };

export type ResetPasswordMutationVariables = Exact<{
  input: ResetPasswordInput;
}>;


export type ResetPasswordMutation = { resetPassword: { __typename: 'LinkNotUsable', reason: string, code: UserErrorCode, message: string } | { __typename: 'ResetPasswordSuccess', accessToken: string, refreshToken: string, expiresAt: string } | { __typename: 'SecondFactorNeeded', code: UserErrorCode, message: string } | { __typename: 'TooManyAttempts', code: UserErrorCode, message: string } | { __typename: 'WeakPassword', code: UserErrorCode, message: string } };

export type ConnectWithPinMutationVariables = Exact<{
  input: ConnectWithPinInput;
}>;


export type ConnectWithPinMutation = { connectWithPin: { __typename: 'AlreadyLinked', code: UserErrorCode, message: string } | { __typename: 'ConnectWithPinSuccess', contact: { displayName: string } } | { __typename: 'IdentityNotConfirmed', code: UserErrorCode, message: string } | { __typename: 'TooManyAttempts', retryAfterSeconds: number, code: UserErrorCode, message: string } };

export type ConfirmIdentityMutationVariables = Exact<{
  input: ConfirmIdentityInput;
}>;


export type ConfirmIdentityMutation = { confirmIdentity: { __typename: 'ConfirmIdentitySuccess', account: { contact: { displayName: string } | null } } | { __typename: 'IdentityNotConfirmed', code: UserErrorCode, message: string } | { __typename: 'NotLinked', code: UserErrorCode, message: string } | { __typename: 'TooManyAttempts', retryAfterSeconds: number, code: UserErrorCode, message: string } };

export type MyDocumentsQueryVariables = Exact<{
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type MyDocumentsQuery = { viewer: { __typename: 'PortalAccount', email: string, contact: { displayName: string } | null, documents: { nodes: Array<{ id: string, title: string, awaitsYou: boolean, signatureState: SignatureState, sha256: string, url: string, completedUrl: string | null, contact: { displayName: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | { __typename: 'StaffMember' } | null };

export type DocumentPagesQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type DocumentPagesQuery = { node: { __typename: 'Appointment' } | { __typename: 'AuditEvent' } | { __typename: 'Contact' } | { __typename: 'Document', id: string, sha256: string, pageTexts: Array<string> | null } | { __typename: 'Episode' } | { __typename: 'Facility' } | { __typename: 'Organization' } | { __typename: 'PortalAccount' } | { __typename: 'PortalLink' } | { __typename: 'Relationship' } | { __typename: 'Signature' } | { __typename: 'StaffMember' } | null };

export type ConsentQueryVariables = Exact<{
  language?: InputMaybe<Scalars['String']['input']>;
}>;


export type ConsentQuery = { signingConsent: { version: string, language: string, text: string, given: boolean } };

export type SignDocumentMutationVariables = Exact<{
  input: SignDocumentInput;
}>;


export type SignDocumentMutation = { signDocument: { __typename: 'AlreadySigned', code: UserErrorCode, message: string } | { __typename: 'DocumentChanged', code: UserErrorCode, message: string } | { __typename: 'DocumentClosed', reason: string, code: UserErrorCode, message: string } | { __typename: 'FileStoreUnavailable', code: UserErrorCode, message: string } | { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'NotASigner', code: UserErrorCode, message: string } | { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'NotShared', code: UserErrorCode, message: string } | { __typename: 'NotYourTurn', code: UserErrorCode, message: string } | { __typename: 'SignDocumentSuccess', document: { id: string, signatureState: SignatureState } } | { __typename: 'TooManyAttempts', retryAfterSeconds: number, code: UserErrorCode, message: string } | { __typename: 'WrongCredentials', code: UserErrorCode, message: string } };

export type DeclineDocumentMutationVariables = Exact<{
  input: DeclineDocumentInput;
}>;


export type DeclineDocumentMutation = { declineDocument: { __typename: 'AlreadySigned', code: UserErrorCode, message: string } | { __typename: 'DeclineDocumentSuccess', document: { id: string, signatureState: SignatureState } } | { __typename: 'DocumentClosed', code: UserErrorCode, message: string } | { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'NotASigner', code: UserErrorCode, message: string } | { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'NotShared', code: UserErrorCode, message: string } | { __typename: 'NotYourTurn', code: UserErrorCode, message: string } | { __typename: 'WrongCredentials', code: UserErrorCode, message: string } };

export type MySessionsQueryVariables = Exact<{ [key: string]: never; }>;


export type MySessionsQuery = { mySessions: Array<{ id: string, startedAt: string, lastSeenAt: string, agent: string, current: boolean }> };

export type EndSessionMutationVariables = Exact<{
  input: EndSessionInput;
}>;


export type EndSessionMutation = { endSession: { __typename: 'EndSessionSuccess', sessions: Array<{ id: string, current: boolean }> } | { __typename: 'NotFound', code: UserErrorCode, message: string } };

export type SignInStaffMutationVariables = Exact<{
  input: SignInStaffInput;
}>;


export type SignInStaffMutation = { signInStaff: { __typename: 'ChallengeNotUsable', code: UserErrorCode, message: string } | { __typename: 'FactorRefused', code: UserErrorCode, message: string } | { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'InvitationNotUsable', code: UserErrorCode, message: string } | { __typename: 'PasswordSignInOff', code: UserErrorCode, message: string } | { __typename: 'ProviderSignInRefused', code: UserErrorCode, message: string } | { __typename: 'SecondFactorNeeded', challenge: string, kinds: Array<FactorKind>, code: UserErrorCode, message: string } | { __typename: 'SignInSuccess', accessToken: string, refreshToken: string, expiresAt: string } | { __typename: 'TooManyAttempts', code: UserErrorCode, message: string } | { __typename: 'WrongCredentials', code: UserErrorCode, message: string } };

export type CompleteSignInMutationVariables = Exact<{
  input: CompleteSignInInput;
}>;


export type CompleteSignInMutation = { completeSignIn: { __typename: 'ChallengeNotUsable', code: UserErrorCode, message: string } | { __typename: 'FactorRefused', code: UserErrorCode, message: string } | { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'InvitationNotUsable', code: UserErrorCode, message: string } | { __typename: 'PasswordSignInOff', code: UserErrorCode, message: string } | { __typename: 'ProviderSignInRefused', code: UserErrorCode, message: string } | { __typename: 'SecondFactorNeeded', code: UserErrorCode, message: string } | { __typename: 'SignInSuccess', accessToken: string, refreshToken: string, expiresAt: string } | { __typename: 'TooManyAttempts', code: UserErrorCode, message: string } | { __typename: 'WrongCredentials', code: UserErrorCode, message: string } };

export type RefreshSessionMutationVariables = Exact<{
  input: RefreshSessionInput;
}>;


export type RefreshSessionMutation = { refreshSession: { __typename: 'ChallengeNotUsable', code: UserErrorCode, message: string } | { __typename: 'FactorRefused', code: UserErrorCode, message: string } | { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'InvitationNotUsable', code: UserErrorCode, message: string } | { __typename: 'PasswordSignInOff', code: UserErrorCode, message: string } | { __typename: 'ProviderSignInRefused', code: UserErrorCode, message: string } | { __typename: 'SecondFactorNeeded', code: UserErrorCode, message: string } | { __typename: 'SignInSuccess', accessToken: string, refreshToken: string, expiresAt: string } | { __typename: 'TooManyAttempts', code: UserErrorCode, message: string } | { __typename: 'WrongCredentials', code: UserErrorCode, message: string } };

export type SignOutMutationVariables = Exact<{ [key: string]: never; }>;


export type SignOutMutation = { signOut: boolean };

export type DayQueryVariables = Exact<{
  from: Scalars['DateTime']['input'];
  to: Scalars['DateTime']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type DayQuery = { appointments: { nodes: Array<{ id: string, startsAt: string, endsAt: string, facility: { name: string } | null, contact: { id: string, displayName: string, portalStatus: { state: PortalState, icon: PortalIcon, summary: string, action: PortalAction | null, blockedReason: string | null } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type FindContactsQueryVariables = Exact<{
  search: Scalars['String']['input'];
}>;


export type FindContactsQuery = { contacts: { nodes: Array<{ id: string, displayName: string, dateOfBirth: string | null }> } };

export type ContactPortalQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type ContactPortalQuery = { contact: { id: string, displayName: string, email: string | null, portalPin: string | null, portalStatus: { state: PortalState, icon: PortalIcon, summary: string, action: PortalAction | null, alsoAllowed: Array<PortalAction>, blockedReason: string | null, remedies: Array<ConflictRemedy>, addressOnOtherRecord: boolean, letter: LetterState, invitationExpiresAt: string | null, account: { id: string, email: string } | null }, formerPortalAccounts: Array<{ id: string, email: string }> } | null };

export type CreateContactMutationVariables = Exact<{
  input: CreateContactInput;
}>;


export type CreateContactMutation = { createContact: { __typename: 'CreateContactSuccess', contact: { id: string, displayName: string } } | { __typename: 'InvalidInput', code: UserErrorCode, message: string, fields: Array<{ path: string, message: string }> } | { __typename: 'NotPermitted', code: UserErrorCode, message: string } };

export type CreateAppointmentMutationVariables = Exact<{
  input: CreateAppointmentInput;
}>;


export type CreateAppointmentMutation = { createAppointment: { __typename: 'CreateAppointmentSuccess', appointment: { id: string, startsAt: string, version: number } } | { __typename: 'InvalidInput', code: UserErrorCode, message: string, fields: Array<{ path: string, message: string }> } | { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'NotPermitted', code: UserErrorCode, message: string } };

export type MoveAppointmentMutationVariables = Exact<{
  input: UpdateAppointmentInput;
}>;


export type MoveAppointmentMutation = { updateAppointment: { __typename: 'ChangedMeanwhile', version: number, code: UserErrorCode, message: string } | { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'NotPermitted', code: UserErrorCode, message: string } | { __typename: 'UpdateAppointmentSuccess', appointment: { id: string, startsAt: string, version: number } } };

export type CancelAppointmentMutationVariables = Exact<{
  input: CancelAppointmentInput;
}>;


export type CancelAppointmentMutation = { cancelAppointment: { __typename: 'CancelAppointmentSuccess', appointment: { id: string, cancelledAt: string | null } } | { __typename: 'ChangedMeanwhile', version: number, code: UserErrorCode, message: string } | { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'NotPermitted', code: UserErrorCode, message: string } };

export type CreatePortalAccountMutationVariables = Exact<{
  input: CreatePortalAccountInput;
}>;


export type CreatePortalAccountMutation = { createPortalAccount: { __typename: 'ContactHasNoEmail', code: UserErrorCode, message: string } | { __typename: 'CreatePortalAccountSuccess', contact: { id: string, portalStatus: { state: PortalState, icon: PortalIcon, summary: string, action: PortalAction | null } } } | { __typename: 'EmailConflict', code: UserErrorCode, message: string } | { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'NotPermitted', code: UserErrorCode, message: string } | { __typename: 'PortalAccountExists', code: UserErrorCode, message: string } };

export type ResendInvitationMutationVariables = Exact<{
  input: ResendPortalInvitationInput;
}>;


export type ResendInvitationMutation = { resendPortalInvitation: { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'NotLinked', code: UserErrorCode, message: string } | { __typename: 'NotPermitted', code: UserErrorCode, message: string } | { __typename: 'PortalAccountExists', code: UserErrorCode, message: string } | { __typename: 'ResendPortalInvitationSuccess', contact: { id: string, portalStatus: { state: PortalState, letter: LetterState } } } | { __typename: 'TooManyAttempts', code: UserErrorCode, message: string } };

export type RevokeInvitationMutationVariables = Exact<{
  input: RevokePortalInvitationInput;
}>;


export type RevokeInvitationMutation = { revokePortalInvitation: { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'NotLinked', code: UserErrorCode, message: string } | { __typename: 'NotPermitted', code: UserErrorCode, message: string } | { __typename: 'PortalAccountExists', code: UserErrorCode, message: string } | { __typename: 'RevokePortalInvitationSuccess', contact: { id: string, portalStatus: { state: PortalState } } } };

export type PrintInstructionsMutationVariables = Exact<{
  input: PrintPortalInstructionsInput;
}>;


export type PrintInstructionsMutation = { printPortalInstructions: { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'NotPermitted', code: UserErrorCode, message: string } | { __typename: 'PrintPortalInstructionsSuccess', url: string } };

export type LinkAccountMutationVariables = Exact<{
  input: LinkPortalAccountInput;
}>;


export type LinkAccountMutation = { linkPortalAccount: { __typename: 'AlreadyLinked', code: UserErrorCode, message: string } | { __typename: 'EmailConflict', code: UserErrorCode, message: string } | { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'LinkPortalAccountSuccess', contact: { id: string, portalStatus: { state: PortalState, icon: PortalIcon, summary: string, action: PortalAction | null } } } | { __typename: 'NoMatchingAccount', code: UserErrorCode, message: string } | { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'NotPermitted', code: UserErrorCode, message: string } | { __typename: 'SeveralAccounts', code: UserErrorCode, message: string, accounts: Array<{ id: string, email: string }> } };

export type UnlinkAccountMutationVariables = Exact<{
  input: UnlinkPortalAccountInput;
}>;


export type UnlinkAccountMutation = { unlinkPortalAccount: { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'NotLinked', code: UserErrorCode, message: string } | { __typename: 'NotPermitted', code: UserErrorCode, message: string } | { __typename: 'UnlinkPortalAccountSuccess', contact: { id: string, portalStatus: { state: PortalState } } } };

export type StatusChangedSubscriptionVariables = Exact<{
  contactIds?: InputMaybe<Array<Scalars['ID']['input']> | Scalars['ID']['input']>;
}>;


export type StatusChangedSubscription = { portalStatusChanged: { id: string, portalStatus: { state: PortalState, icon: PortalIcon, summary: string, action: PortalAction | null, blockedReason: string | null } } };

export type CreateDocumentMutationVariables = Exact<{
  input: CreateDocumentInput;
}>;


export type CreateDocumentMutation = { createDocument: { __typename: 'CreateDocumentSuccess', document: { id: string, title: string, pageCount: number, url: string } } | { __typename: 'DocumentClosed', code: UserErrorCode, message: string } | { __typename: 'FileStoreUnavailable', code: UserErrorCode, message: string } | { __typename: 'InvalidInput', code: UserErrorCode, message: string, fields: Array<{ path: string, message: string }> } | { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'NotPermitted', code: UserErrorCode, message: string } | { __typename: 'TooManyAttempts', code: UserErrorCode, message: string } };

export type WhoWouldSeeQueryVariables = Exact<{
  documentId: Scalars['ID']['input'];
}>;


export type WhoWouldSeeQuery = { sharingPreview: { allAuthorized: { now: Array<{ relationship: string | null, contact: { displayName: string } }>, later: Array<{ contact: { displayName: string } }> }, chosenRecipients: { now: Array<{ relationship: string | null, contact: { displayName: string } }>, later: Array<{ contact: { displayName: string } }> }, signers: Array<{ id: string, displayName: string }> } | null };

export type ShareDocumentMutationVariables = Exact<{
  input: ShareDocumentInput;
}>;


export type ShareDocumentMutation = { shareDocument: { __typename: 'DocumentClosed', code: UserErrorCode, message: string } | { __typename: 'InvalidInput', code: UserErrorCode, message: string } | { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'NotPermitted', code: UserErrorCode, message: string } | { __typename: 'ShareDocumentSuccess', document: { id: string, sharing: DocumentSharing, recipients: Array<{ id: string }> } } };

export type DocumentStateQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type DocumentStateQuery = { node: { __typename: 'Appointment' } | { __typename: 'AuditEvent' } | { __typename: 'Contact' } | { __typename: 'Document', id: string, sharing: DocumentSharing, signatureState: SignatureState, completedUrl: string | null, signatures: Array<{ signedAt: string | null, declinedAt: string | null, declineReason: string | null, signer: { displayName: string } }> } | { __typename: 'Episode' } | { __typename: 'Facility' } | { __typename: 'Organization' } | { __typename: 'PortalAccount' } | { __typename: 'PortalLink' } | { __typename: 'Relationship' } | { __typename: 'Signature' } | { __typename: 'StaffMember' } | null };

export type UnshareDocumentMutationVariables = Exact<{
  input: UnshareDocumentInput;
}>;


export type UnshareDocumentMutation = { unshareDocument: { __typename: 'NotFound', code: UserErrorCode, message: string } | { __typename: 'NotPermitted', code: UserErrorCode, message: string } | { __typename: 'UnshareDocumentSuccess', document: { id: string, sharing: DocumentSharing } } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const RegisterDocument = new TypedDocumentString(`
    mutation Register($input: RegisterPortalAccountInput!) {
  registerPortalAccount(input: $input) {
    __typename
    ... on RegisterPortalAccountSuccess {
      message
    }
    ... on WeakPassword {
      reasons
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RegisterMutation, RegisterMutationVariables>;
export const VerifyEmailDocument = new TypedDocumentString(`
    mutation VerifyEmail($input: VerifyPortalEmailInput!) {
  verifyPortalEmail(input: $input) {
    __typename
    ... on VerifyPortalEmailSuccess {
      accessToken
      refreshToken
      expiresAt
    }
    ... on SecondFactorNeeded {
      challenge
      kinds
    }
    ... on LinkNotUsable {
      reason
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<VerifyEmailMutation, VerifyEmailMutationVariables>;
export const AcceptInvitationDocument = new TypedDocumentString(`
    mutation AcceptInvitation($input: AcceptPortalInvitationInput!) {
  acceptPortalInvitation(input: $input) {
    __typename
    ... on AcceptPortalInvitationSuccess {
      accessToken
      refreshToken
      expiresAt
    }
    ... on InvitationNotUsable {
      reason
    }
    ... on WeakPassword {
      reasons
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<AcceptInvitationMutation, AcceptInvitationMutationVariables>;
export const SignInPatientDocument = new TypedDocumentString(`
    mutation SignInPatient($input: SignInPatientInput!) {
  signInPatient(input: $input) {
    __typename
    ... on SignInSuccess {
      accessToken
      refreshToken
      expiresAt
    }
    ... on SecondFactorNeeded {
      challenge
      kinds
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SignInPatientMutation, SignInPatientMutationVariables>;
export const AskForResetDocument = new TypedDocumentString(`
    mutation AskForReset($input: RequestPasswordResetInput!) {
  requestPasswordReset(input: $input) {
    __typename
    ... on RequestPasswordResetSuccess {
      message
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<AskForResetMutation, AskForResetMutationVariables>;
export const ResetPasswordDocument = new TypedDocumentString(`
    mutation ResetPassword($input: ResetPasswordInput!) {
  resetPassword(input: $input) {
    __typename
    ... on ResetPasswordSuccess {
      accessToken
      refreshToken
      expiresAt
    }
    ... on LinkNotUsable {
      reason
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ResetPasswordMutation, ResetPasswordMutationVariables>;
export const ConnectWithPinDocument = new TypedDocumentString(`
    mutation ConnectWithPin($input: ConnectWithPinInput!) {
  connectWithPin(input: $input) {
    __typename
    ... on ConnectWithPinSuccess {
      contact {
        displayName
      }
    }
    ... on TooManyAttempts {
      retryAfterSeconds
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ConnectWithPinMutation, ConnectWithPinMutationVariables>;
export const ConfirmIdentityDocument = new TypedDocumentString(`
    mutation ConfirmIdentity($input: ConfirmIdentityInput!) {
  confirmIdentity(input: $input) {
    __typename
    ... on ConfirmIdentitySuccess {
      account {
        contact {
          displayName
        }
      }
    }
    ... on TooManyAttempts {
      retryAfterSeconds
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ConfirmIdentityMutation, ConfirmIdentityMutationVariables>;
export const MyDocumentsDocument = new TypedDocumentString(`
    query MyDocuments($after: String) {
  viewer {
    __typename
    ... on PortalAccount {
      email
      contact {
        displayName
      }
      documents(first: 20, after: $after) {
        nodes {
          id
          title
          awaitsYou
          signatureState
          sha256
          url
          completedUrl
          contact {
            displayName
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<MyDocumentsQuery, MyDocumentsQueryVariables>;
export const DocumentPagesDocument = new TypedDocumentString(`
    query DocumentPages($id: ID!) {
  node(id: $id) {
    __typename
    ... on Document {
      id
      sha256
      pageTexts
    }
  }
}
    `) as unknown as TypedDocumentString<DocumentPagesQuery, DocumentPagesQueryVariables>;
export const ConsentDocument = new TypedDocumentString(`
    query Consent($language: String) {
  signingConsent(language: $language) {
    version
    language
    text
    given
  }
}
    `) as unknown as TypedDocumentString<ConsentQuery, ConsentQueryVariables>;
export const SignDocumentDocument = new TypedDocumentString(`
    mutation SignDocument($input: SignDocumentInput!) {
  signDocument(input: $input) {
    __typename
    ... on SignDocumentSuccess {
      document {
        id
        signatureState
      }
    }
    ... on DocumentClosed {
      reason
    }
    ... on TooManyAttempts {
      retryAfterSeconds
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SignDocumentMutation, SignDocumentMutationVariables>;
export const DeclineDocumentDocument = new TypedDocumentString(`
    mutation DeclineDocument($input: DeclineDocumentInput!) {
  declineDocument(input: $input) {
    __typename
    ... on DeclineDocumentSuccess {
      document {
        id
        signatureState
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DeclineDocumentMutation, DeclineDocumentMutationVariables>;
export const MySessionsDocument = new TypedDocumentString(`
    query MySessions {
  mySessions {
    id
    startedAt
    lastSeenAt
    agent
    current
  }
}
    `) as unknown as TypedDocumentString<MySessionsQuery, MySessionsQueryVariables>;
export const EndSessionDocument = new TypedDocumentString(`
    mutation EndSession($input: EndSessionInput!) {
  endSession(input: $input) {
    __typename
    ... on EndSessionSuccess {
      sessions {
        id
        current
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<EndSessionMutation, EndSessionMutationVariables>;
export const SignInStaffDocument = new TypedDocumentString(`
    mutation SignInStaff($input: SignInStaffInput!) {
  signInStaff(input: $input) {
    __typename
    ... on SignInSuccess {
      accessToken
      refreshToken
      expiresAt
    }
    ... on SecondFactorNeeded {
      challenge
      kinds
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SignInStaffMutation, SignInStaffMutationVariables>;
export const CompleteSignInDocument = new TypedDocumentString(`
    mutation CompleteSignIn($input: CompleteSignInInput!) {
  completeSignIn(input: $input) {
    __typename
    ... on SignInSuccess {
      accessToken
      refreshToken
      expiresAt
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CompleteSignInMutation, CompleteSignInMutationVariables>;
export const RefreshSessionDocument = new TypedDocumentString(`
    mutation RefreshSession($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    __typename
    ... on SignInSuccess {
      accessToken
      refreshToken
      expiresAt
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RefreshSessionMutation, RefreshSessionMutationVariables>;
export const SignOutDocument = new TypedDocumentString(`
    mutation SignOut {
  signOut
}
    `) as unknown as TypedDocumentString<SignOutMutation, SignOutMutationVariables>;
export const DayDocument = new TypedDocumentString(`
    query Day($from: DateTime!, $to: DateTime!, $after: String) {
  appointments(from: $from, to: $to, first: 100, after: $after) {
    nodes {
      id
      startsAt
      endsAt
      facility {
        name
      }
      contact {
        id
        displayName
        portalStatus {
          state
          icon
          summary
          action
          blockedReason
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<DayQuery, DayQueryVariables>;
export const FindContactsDocument = new TypedDocumentString(`
    query FindContacts($search: String!) {
  contacts(search: $search, first: 20) {
    nodes {
      id
      displayName
      dateOfBirth
    }
  }
}
    `) as unknown as TypedDocumentString<FindContactsQuery, FindContactsQueryVariables>;
export const ContactPortalDocument = new TypedDocumentString(`
    query ContactPortal($id: ID!) {
  contact(id: $id) {
    id
    displayName
    email
    portalPin
    portalStatus {
      state
      icon
      summary
      action
      alsoAllowed
      blockedReason
      remedies
      addressOnOtherRecord
      letter
      invitationExpiresAt
      account {
        id
        email
      }
    }
    formerPortalAccounts {
      id
      email
    }
  }
}
    `) as unknown as TypedDocumentString<ContactPortalQuery, ContactPortalQueryVariables>;
export const CreateContactDocument = new TypedDocumentString(`
    mutation CreateContact($input: CreateContactInput!) {
  createContact(input: $input) {
    __typename
    ... on CreateContactSuccess {
      contact {
        id
        displayName
      }
    }
    ... on InvalidInput {
      fields {
        path
        message
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CreateContactMutation, CreateContactMutationVariables>;
export const CreateAppointmentDocument = new TypedDocumentString(`
    mutation CreateAppointment($input: CreateAppointmentInput!) {
  createAppointment(input: $input) {
    __typename
    ... on CreateAppointmentSuccess {
      appointment {
        id
        startsAt
        version
      }
    }
    ... on InvalidInput {
      fields {
        path
        message
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CreateAppointmentMutation, CreateAppointmentMutationVariables>;
export const MoveAppointmentDocument = new TypedDocumentString(`
    mutation MoveAppointment($input: UpdateAppointmentInput!) {
  updateAppointment(input: $input) {
    __typename
    ... on UpdateAppointmentSuccess {
      appointment {
        id
        startsAt
        version
      }
    }
    ... on ChangedMeanwhile {
      version
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<MoveAppointmentMutation, MoveAppointmentMutationVariables>;
export const CancelAppointmentDocument = new TypedDocumentString(`
    mutation CancelAppointment($input: CancelAppointmentInput!) {
  cancelAppointment(input: $input) {
    __typename
    ... on CancelAppointmentSuccess {
      appointment {
        id
        cancelledAt
      }
    }
    ... on ChangedMeanwhile {
      version
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CancelAppointmentMutation, CancelAppointmentMutationVariables>;
export const CreatePortalAccountDocument = new TypedDocumentString(`
    mutation CreatePortalAccount($input: CreatePortalAccountInput!) {
  createPortalAccount(input: $input) {
    __typename
    ... on CreatePortalAccountSuccess {
      contact {
        id
        portalStatus {
          state
          icon
          summary
          action
        }
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CreatePortalAccountMutation, CreatePortalAccountMutationVariables>;
export const ResendInvitationDocument = new TypedDocumentString(`
    mutation ResendInvitation($input: ResendPortalInvitationInput!) {
  resendPortalInvitation(input: $input) {
    __typename
    ... on ResendPortalInvitationSuccess {
      contact {
        id
        portalStatus {
          state
          letter
        }
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ResendInvitationMutation, ResendInvitationMutationVariables>;
export const RevokeInvitationDocument = new TypedDocumentString(`
    mutation RevokeInvitation($input: RevokePortalInvitationInput!) {
  revokePortalInvitation(input: $input) {
    __typename
    ... on RevokePortalInvitationSuccess {
      contact {
        id
        portalStatus {
          state
        }
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RevokeInvitationMutation, RevokeInvitationMutationVariables>;
export const PrintInstructionsDocument = new TypedDocumentString(`
    mutation PrintInstructions($input: PrintPortalInstructionsInput!) {
  printPortalInstructions(input: $input) {
    __typename
    ... on PrintPortalInstructionsSuccess {
      url
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<PrintInstructionsMutation, PrintInstructionsMutationVariables>;
export const LinkAccountDocument = new TypedDocumentString(`
    mutation LinkAccount($input: LinkPortalAccountInput!) {
  linkPortalAccount(input: $input) {
    __typename
    ... on LinkPortalAccountSuccess {
      contact {
        id
        portalStatus {
          state
          icon
          summary
          action
        }
      }
    }
    ... on SeveralAccounts {
      accounts {
        id
        email
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<LinkAccountMutation, LinkAccountMutationVariables>;
export const UnlinkAccountDocument = new TypedDocumentString(`
    mutation UnlinkAccount($input: UnlinkPortalAccountInput!) {
  unlinkPortalAccount(input: $input) {
    __typename
    ... on UnlinkPortalAccountSuccess {
      contact {
        id
        portalStatus {
          state
        }
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<UnlinkAccountMutation, UnlinkAccountMutationVariables>;
export const StatusChangedDocument = new TypedDocumentString(`
    subscription StatusChanged($contactIds: [ID!]) {
  portalStatusChanged(contactIds: $contactIds) {
    id
    portalStatus {
      state
      icon
      summary
      action
      blockedReason
    }
  }
}
    `) as unknown as TypedDocumentString<StatusChangedSubscription, StatusChangedSubscriptionVariables>;
export const CreateDocumentDocument = new TypedDocumentString(`
    mutation CreateDocument($input: CreateDocumentInput!) {
  createDocument(input: $input) {
    __typename
    ... on CreateDocumentSuccess {
      document {
        id
        title
        pageCount
        url
      }
    }
    ... on InvalidInput {
      fields {
        path
        message
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CreateDocumentMutation, CreateDocumentMutationVariables>;
export const WhoWouldSeeDocument = new TypedDocumentString(`
    query WhoWouldSee($documentId: ID!) {
  sharingPreview(documentId: $documentId) {
    allAuthorized {
      now {
        contact {
          displayName
        }
        relationship
      }
      later {
        contact {
          displayName
        }
      }
    }
    chosenRecipients {
      now {
        contact {
          displayName
        }
        relationship
      }
      later {
        contact {
          displayName
        }
      }
    }
    signers {
      id
      displayName
    }
  }
}
    `) as unknown as TypedDocumentString<WhoWouldSeeQuery, WhoWouldSeeQueryVariables>;
export const ShareDocumentDocument = new TypedDocumentString(`
    mutation ShareDocument($input: ShareDocumentInput!) {
  shareDocument(input: $input) {
    __typename
    ... on ShareDocumentSuccess {
      document {
        id
        sharing
        recipients {
          id
        }
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ShareDocumentMutation, ShareDocumentMutationVariables>;
export const DocumentStateDocument = new TypedDocumentString(`
    query DocumentState($id: ID!) {
  node(id: $id) {
    __typename
    ... on Document {
      id
      sharing
      signatureState
      completedUrl
      signatures {
        signer {
          displayName
        }
        signedAt
        declinedAt
        declineReason
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DocumentStateQuery, DocumentStateQueryVariables>;
export const UnshareDocumentDocument = new TypedDocumentString(`
    mutation UnshareDocument($input: UnshareDocumentInput!) {
  unshareDocument(input: $input) {
    __typename
    ... on UnshareDocumentSuccess {
      document {
        id
        sharing
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<UnshareDocumentMutation, UnshareDocumentMutationVariables>;
