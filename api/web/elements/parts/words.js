// What the icon says, in English and Spanish. The two have the same keys: the type of the Spanish words demands it, and a
// test looks for keys that nobody uses.

const ENGLISH = {
  NO_EMAIL: "No email address",
  NO_ACCOUNT: "No account",
  INVITED: "Invited",
  ACCOUNT_NOT_LINKED: "Account found, not linked",
  LINKED: "Linked",
  EMAIL_CONFLICT: "Address conflict",
  loading: "Looking…",
  missing: "No such record",
  failed: "Not available",
  ended: "Signed out",
  CREATE_ACCOUNT: "Create the portal account",
  LINK_ACCOUNT: "Link the account",
  PRINT_INSTRUCTIONS: "Print the instructions",
  why: "Say why",
  retry: "Ask again",
  somebody: "this person",
  offline:
    "The server can't be reached. What you asked for may or may not have been done. Try again: it is done once, not twice.",
  unauthenticated: "Your session has ended. Sign in again; nothing was done twice.",
  broken: "Something went wrong. Try again; if it stays, tell whoever looks after this page.",
  busy: "Too many requests just now. Wait a minute and try again.",
  createAsk: "Create a portal account for {name}?",
  createAddress: "The invitation goes to this address. Check that it is right:",
  createShared:
    "Another record bears this address too. Whoever of the two is invited first gets the account; the other record then shows a conflict.",
  sender: "Sender shown in the email",
  AUTOMATIC: "{place}",
  ORGANIZATION: "The organization: {place}",
  DISCREET: "A discreet, neutral name",
  createYes: "Create the account and email {name}",
  created: "{name} is invited",
  createdBody: "An email to {email} is on its way. Print the instructions to hand over?",
  chooseAsk: "Which account belongs to {name}?",
  accountKnown: "registered {registered}; last sign-in: {last}",
  linked: "{name} is linked",
  linkedBody:
    "The account {email} belongs to this record now. At the next visit this person confirms who they are before anything is shown. Print the instructions to hand over?",
  linkFailed: "The account of {name} is not linked",
  lookFailed: "The icon of {name} could not be looked at",
  printAsk: "Print the instructions for {name}?",
  printBody: "The sheet bears the PIN of this record. Hand it over in person.",
  printYes: "Print the instructions",
  printed: "The sheet is open in another window",
  sheetReady: "The sheet is ready",
  printedBody: "If you do not see it, open it here. The address works for ten minutes.",
  openSheet: "Open the sheet",
  resend: "Send the email again",
  resent: "The email is on its way again.",
  revoke: "Take the invitation back",
  revokeAsk: "Take the invitation of {name} back?",
  revokeBody: "The email's link stops working at once, and the record gets a new PIN.",
  revoked: "The invitation is taken back.",
  cancel: "Cancel",
  notNow: "Not now",
  close: "Close",
  again: "Try again",
  working: "One moment…",
  ContactHasNoEmail: "This contact has no email address any more. Add one first.",
  PortalAccountExists: "There is an account already. Look at the icon again.",
  EmailConflict: "The account with this address belongs to another record.",
  NotPermitted: "You need the permission WEB_PORTAL to do this. Ask someone who manages staff.",
  NotFound: "This record is not there, or not any more.",
  AlreadyLinked: "This record or this account is linked already.",
  NoMatchingAccount: "No account with one of this contact's addresses waits to be linked.",
  NotLinked: "There is no invitation any more; somebody may have taken it back just now.",
  TooManyAttempts: "The email was sent several times today already. Print the instructions instead, or wait.",
};

/** @type {Record<keyof typeof ENGLISH, string>} */
const SPANISH = {
  NO_EMAIL: "Sin correo electrónico",
  NO_ACCOUNT: "Sin cuenta",
  INVITED: "Invitado",
  ACCOUNT_NOT_LINKED: "Cuenta encontrada, sin vincular",
  LINKED: "Vinculado",
  EMAIL_CONFLICT: "Conflicto de dirección",
  loading: "Buscando…",
  missing: "No existe este expediente",
  failed: "No disponible",
  ended: "Sesión cerrada",
  CREATE_ACCOUNT: "Crear la cuenta del portal",
  LINK_ACCOUNT: "Vincular la cuenta",
  PRINT_INSTRUCTIONS: "Imprimir las instrucciones",
  why: "Ver el motivo",
  retry: "Preguntar de nuevo",
  somebody: "esta persona",
  offline:
    "No se puede conectar con el servidor. Quizá lo que pidió se hizo, quizá no. Inténtelo de nuevo: se hará una sola vez.",
  unauthenticated: "Su sesión terminó. Inicie sesión de nuevo; nada se hizo dos veces.",
  broken: "Algo falló. Inténtelo de nuevo; si continúa, avise a quien cuida de esta página.",
  busy: "Hay demasiadas solicitudes en este momento. Espere un minuto e inténtelo de nuevo.",
  createAsk: "¿Crear una cuenta del portal para {name}?",
  createAddress: "La invitación se envía a esta dirección. Compruebe que es correcta:",
  createShared:
    "Otro expediente tiene también esta dirección. La cuenta será de quien se invite primero; el otro expediente mostrará entonces un conflicto.",
  sender: "Remitente que se muestra en el correo",
  AUTOMATIC: "{place}",
  ORGANIZATION: "El consultorio: {place}",
  DISCREET: "Un nombre neutro y discreto",
  createYes: "Crear la cuenta y escribir a {name}",
  created: "{name} tiene una invitación",
  createdBody: "Un correo a {email} está en camino. ¿Imprimir las instrucciones para entregarlas?",
  chooseAsk: "¿Qué cuenta es de {name}?",
  accountKnown: "registrada: {registered}; última entrada: {last}",
  linked: "{name} está vinculado",
  linkedBody:
    "La cuenta {email} es ahora de este expediente. En su próxima visita esta persona confirma quién es antes de ver nada. ¿Imprimir las instrucciones para entregarlas?",
  linkFailed: "La cuenta de {name} no está vinculada",
  lookFailed: "No se pudo consultar el icono de {name}",
  printAsk: "¿Imprimir las instrucciones de {name}?",
  printBody: "La hoja lleva el PIN de este expediente. Entréguela en persona.",
  printYes: "Imprimir las instrucciones",
  printed: "La hoja está abierta en otra ventana",
  sheetReady: "La hoja está lista",
  printedBody: "Si no la ve, ábrala aquí. La dirección sirve durante diez minutos.",
  openSheet: "Abrir la hoja",
  resend: "Enviar el correo de nuevo",
  resent: "El correo está de nuevo en camino.",
  revoke: "Retirar la invitación",
  revokeAsk: "¿Retirar la invitación de {name}?",
  revokeBody: "El enlace del correo deja de servir de inmediato y el expediente recibe un PIN nuevo.",
  revoked: "La invitación está retirada.",
  cancel: "Cancelar",
  notNow: "Ahora no",
  close: "Cerrar",
  again: "Intentar de nuevo",
  working: "Un momento…",
  ContactHasNoEmail: "Este contacto ya no tiene correo electrónico. Agregue uno primero.",
  PortalAccountExists: "Ya hay una cuenta. Mire el icono de nuevo.",
  EmailConflict: "La cuenta con esta dirección pertenece a otro expediente.",
  NotPermitted: "Necesita el permiso WEB_PORTAL para hacer esto. Pídalo a quien administra al personal.",
  NotFound: "Este expediente no existe o ya no existe.",
  AlreadyLinked: "Este expediente o esta cuenta ya tiene un vínculo.",
  NoMatchingAccount: "No hay ninguna cuenta con una de estas direcciones que espere un vínculo.",
  NotLinked: "Ya no hay invitación; quizá alguien la retiró hace un momento.",
  TooManyAttempts: "El correo ya se envió varias veces hoy. Imprima las instrucciones o espere.",
};

/** @type {Record<"en" | "es", Record<string, string>>} */
export const WORDS = { en: ENGLISH, es: SPANISH };

/**
 * The kind of word for what went wrong, by the client's kinds.
 * @type {Record<string, string>}
 */
const TROUBLES = { offline: "offline", ended: "unauthenticated", busy: "busy", forbidden: "NotPermitted" };

/**
 * The key of the sentence for a trouble.
 * @param {{ kind: string, details: Record<string, any> }} trouble
 */
export const wordFor = ({ kind, details }) =>
  kind === "refused" ? String(details.type) : (TROUBLES[kind] ?? "broken");
