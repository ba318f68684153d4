"""The Spanish words of this face for every problem with an input, by its code, and for every weakness of a password."""

from collections.abc import Mapping

from clinic.values.limits import LONGEST_PASSWORD
from clinic.values.passwords import MIN_LENGTH, MIN_LENGTH_WITH_FACTOR
from clinic.values.problems import Problem, Weakness

WEAKNESSES: Mapping[Weakness, str] = {
    Weakness.TOO_SHORT: f"Use al menos {MIN_LENGTH} caracteres. Una frase corta es fácil de recordar.",
    Weakness.TOO_SHORT_WITH_FACTOR: f"Use al menos {MIN_LENGTH_WITH_FACTOR} caracteres.",
    Weakness.TOO_LONG: f"Use como máximo {LONGEST_PASSWORD} caracteres.",
    Weakness.NOT_TYPABLE: "Use caracteres que se puedan escribir en cualquier teclado.",
    Weakness.ABOUT_THE_PERSON: "No incluya su nombre, su dirección ni el nombre del consultorio: "
    "otros podrían adivinarlos.",
    Weakness.EASY_TO_GUESS: "Esta contraseña es fácil de adivinar. Cuatro o más palabras sin relación entre sí forman "
    "una segura.",
    Weakness.NEARLY_STRONG: "Esta contraseña es casi segura. "
    "Agregue otra palabra que no tenga nada que ver con las demás.",
}
PROBLEMS: Mapping[Problem, str] = {
    # Any text
    Problem.NEEDED: "Este dato es necesario.",
    Problem.TOO_LONG: "Use como máximo {longest} caracteres.",
    Problem.NOT_ONE_LINE: "Use una sola línea de texto, sin caracteres de control.",
    Problem.ENCODED_WORD: "No use =? ni ?=. Los programas de correo leerían otra cosa en el texto que está en medio.",
    Problem.NO_EMAIL_ADDRESS: "Escriba un correo electrónico como nombre@example.com.",
    Problem.NO_LANGUAGE_TAG: "Use una etiqueta de idioma como en o es.",
    # Second factors
    Problem.ONE_PROOF: "Envíe uno de code, recoveryCode y passkey.",
    Problem.PASSWORD_OR_CHALLENGE: "Envíe su contraseña, o el challenge del segundo paso.",
    Problem.NO_FACTOR: "Agregue primero una llave de acceso o los códigos de una aplicación.",
    Problem.TOO_MANY_PASSKEYS: "Tenga como máximo {most} llaves de acceso. Quite una que ya no use.",
    Problem.OWN_FACTORS: "Nadie restablece su propio segundo factor. Pídalo a un colega que gestione el personal.",
    Problem.ADD_YOURS_FIRST: "Agregue primero un segundo factor a su propia cuenta, para no quedarse fuera.",
    # Idempotency keys
    Problem.KEY_UNUSABLE: "Use de 1 a {longest} caracteres imprimibles.",
    Problem.KEY_USED: "Esta clave se usó para otra petición. Use una nueva.",
    # Contacts, relationships, appointments
    Problem.NAME_NEEDED: "Escriba un nombre, un apellido o los dos.",
    Problem.BIRTH_IN_THE_FUTURE: "Escriba una fecha de nacimiento que no esté en el futuro.",
    Problem.BIRTH_TOO_LONG_AGO: "Revise el año: {year} queda demasiado lejos para una fecha de nacimiento.",
    Problem.TOO_MANY_ADDRESSES: "Guarde como máximo {most} direcciones.",
    Problem.ADDRESS_TWICE: "Escriba cada dirección una sola vez.",
    Problem.TOO_MANY_PHONES: "Guarde como máximo {most} números.",
    Problem.CONTACT_ARCHIVED: "Este expediente está archivado. Restáurelo primero.",
    Problem.CONTACT_MERGED: "Este expediente se unió con otro. Use el otro.",
    Problem.LINKED_STILL: "Esta persona tiene una cuenta del portal o una invitación abierta. "
    "Desvincule la cuenta o retire la invitación, y después archive.",
    Problem.NO_PHONE: "Escriba un teléfono como +1 208 555 0134, con x y la extensión si la tiene.",
    Problem.PHONE_TWICE: "Escriba cada número una sola vez.",
    Problem.OWN_RELATIVE: "Elija a otra persona: nadie es su propio familiar.",
    Problem.RELATED_ALREADY: "Estas dos personas ya están relacionadas. Cambie esa relación.",
    Problem.END_BEFORE_START: "El final debe ser posterior al comienzo.",
    Problem.LONGER_THAN_A_DAY: "Una cita dura como máximo un día.",
    Problem.TOO_LONG_AGO: "Revise el año: {year} queda demasiado atrás para una cita.",
    Problem.TOO_FAR_AHEAD: "Revise el año: {year} queda demasiado lejos para una cita.",
    Problem.EPISODE_OPEN: "Otro episodio está abierto. Termínelo primero.",
    Problem.APPOINTMENT_CANCELLED: "Esta cita está cancelada. Deshaga primero la cancelación.",
    Problem.COLLEAGUE_DISABLED: "Esta persona del personal ya no tiene acceso. Elija a otra, o a nadie.",
    # External ids
    Problem.NO_SYSTEM_URI: "Use un URI absoluto sin espacios, como urn:oid:2.16.840.1 o https://ehr.example/patients.",
    Problem.EXTERNAL_ID_TWICE: "Escriba cada identificador externo una sola vez.",
    Problem.TOO_MANY_EXTERNAL_IDS: "Guarde como máximo {most} identificadores externos.",
    Problem.EXTERNAL_IDS_CHANGED: "Los identificadores externos del expediente cambiaron después de que los leyó. "
    "Léalos de nuevo.",
    # A sync with another system
    Problem.TOO_MANY_RECORDS: "Envíe como máximo {most} registros a la vez.",
    Problem.OTHER_PEOPLE: "Esta relación está registrada entre otras personas. Termínela y envíe una nueva.",
    Problem.OTHER_CONTACT: "Esta cita está registrada para otro contacto. Cancélela y envíe una nueva.",
    # Accounts
    Problem.NOT_REGISTERED: "Nadie se registró con esta cuenta. Retire la invitación.",
    Problem.TOO_MANY_CONTACTS: "Nombre como máximo {most} contactos a la vez.",
    Problem.LANGUAGE_NOT_OFFERED: "Elija uno de {offered}.",
    Problem.ADDRESS_IN_USE_BY_YOU: "Ya inicia sesión con esta dirección.",
    Problem.ADDRESS_CHANGED_LATELY: "La dirección se cambió hace poco. "
    "Se puede cambiar otra vez {hours} horas después de eso.",
    # Staff
    Problem.NOT_INVITED: "Esta persona ya eligió una contraseña. Quien la olvidó pide un correo al iniciar sesión.",
    Problem.STAFF_DISABLED: "Esta persona ya no tiene acceso. Devuélvaselo primero.",
    Problem.DAY_IS_PAST: "Este día ya pasó. Elija hoy o un día posterior; para terminar el acceso ahora, quítelo.",
    Problem.ACCESS_TOO_LONG: "Revise el año: elija un día dentro de {most} años, o ninguno.",
    # The practice's sign-in provider
    Problem.SHARED_ISSUER: "En este emisor inician sesión personas de todas las organizaciones. Use el de su propio "
    "inquilino: tiene su identificador en lugar de common, organizations o consumers.",
    Problem.PROVIDER_AWAY: "El proveedor no responde. Revise la dirección, o inténtelo de nuevo en unos minutos.",
    Problem.PROVIDER_NOT_USABLE: "En esta dirección no hay un proveedor de OpenID Connect que se pueda usar. Use el "
    "emisor exactamente como lo muestra su proveedor; empieza con https://.",
    Problem.NO_DOMAIN: "Use un dominio como consultorio.example, sin @.",
    Problem.TOO_MANY_DOMAINS: "Nombre como máximo {most} dominios.",
    Problem.PASSWORDS_OFF: "El personal de este consultorio no inicia sesión con contraseña. Permítalo primero.",
    Problem.NO_PROVIDER: "Configure primero un proveedor de inicio de sesión. Sin él nadie podría entrar.",
    Problem.NO_MANAGER_BY_PROVIDER: "Primero debe entrar por el proveedor alguien que pueda gestionar el personal, "
    "para saber que funciona.",
    Problem.NO_BREAK_GLASS: "Nombre a una persona activa que pueda gestionar el personal y tenga contraseña: la suya "
    "sigue sirviendo.",
    # Organizations
    Problem.NO_SLUG: "Use minúsculas, cifras y guiones, pero no en los extremos; algunas palabras están reservadas.",
    Problem.SLUG_TAKEN: "Otra organización tiene este nombre corto.",
    Problem.NO_TIME_ZONE: "Use una zona horaria de la IANA como America/Boise.",
    Problem.NO_COLOUR: "Use seis cifras hexadecimales, como #2b5f75.",
    Problem.NO_WEB_ADDRESS: "Use una dirección completa como https://consultorio.example.",
    Problem.NO_LANGUAGE: "Nombre en, es o los dos, cada uno una vez, primero el habitual.",
    Problem.NO_ORIGIN: "Use orígenes completos como https://ehr.example.org: con https, sin ruta y sin *.",
    Problem.TOO_MANY_ORIGINS: "Nombre como máximo {most} orígenes.",
    Problem.NO_SUCH_AGE: "Elija 12, 13 o 18, o ninguna.",
    Problem.WARNING_TOO_LONG: "Elija de 0 a {most} días.",
    Problem.NO_IDLE_LIMIT: "Elija de {fewest} a {most} minutos.",
    Problem.NO_RETENTION_YEARS: "Elija de {fewest} a {most} años, o conserve los documentos firmados para siempre.",
    Problem.TOO_MANY_LINES: "Use como máximo {most} líneas.",
    Problem.NAME_TAKEN: "Otro centro tiene este nombre. Elija uno que los distinga.",
    Problem.NAME_OF_ARCHIVED: "Un centro archivado tiene este nombre. Restáurelo, o elija otro nombre.",
    Problem.FACILITY_ARCHIVED: "Este centro está archivado. Elija otro, o restáurelo en los ajustes.",
    Problem.LOGO_EXPIRED: "Esta imagen se envió hace demasiado tiempo. Envíela de nuevo.",
    # Documents
    Problem.NOT_SIGNED: "Nadie firmó este documento. Retírelo.",
    Problem.NO_CONTENT: "Envíe primero un PDF, o escriba un texto.",
    Problem.TWO_CONTENTS: "Use el PDF o el texto, no los dos.",
    Problem.NO_TEXT: "Escriba el texto del documento.",
    Problem.NOT_PLAIN_TEXT: "Use texto sin caracteres de control.",
    Problem.LETTERS_NOT_PRINTABLE: "No tenemos una fuente para estas letras: {letters}. Escriba otras, o envíe un PDF.",
    Problem.TEXT_TOO_LONG: "Use como máximo {longest:,} caracteres, o divida el texto.",
    Problem.TOO_MANY_PAGES: "Este texto da más páginas de las que un documento puede tener. Divídalo.",
    Problem.UPLOAD_USED: "Este PDF ya es un documento. Envíelo de nuevo para otro.",
    Problem.UPLOAD_EXPIRED: "Este PDF se envió hace demasiado tiempo. Envíelo de nuevo.",
    Problem.SIGNER_TWICE: "Nombre a cada firmante una sola vez.",
    Problem.TOO_MANY_SIGNERS: "Nombre como máximo {most} firmantes.",
    Problem.NO_RECIPIENT: "Elija al menos a una persona, o deje de compartir.",
    Problem.NO_PORTAL_ACCESS: "Elija al cliente, o a familiares que tengan acceso al portal.",
    Problem.NO_WAY_OF_SHARING: "Envíe allAuthorized: true, o recipientIds; uno de los dos.",
    # The agreement to sign electronically
    Problem.CONSENT_CHANGED: "El acuerdo tiene un texto nuevo. Vuelva a cargar la página y léalo.",
    Problem.CONSENT_MISSING: "Usted no ha aceptado el texto de hoy. Vuelva a cargar la página y léalo.",
    Problem.OTHER_CONSENT: "Usted aceptó un texto distinto de este.",
    # Service accounts
    Problem.TOO_MANY_SERVICE_ACCOUNTS: "Como máximo {most} programas a la vez. Desactive uno primero.",
    Problem.SERVICE_ACCOUNT_DISABLED: "Este programa está desactivado para siempre. Cree otro.",
    Problem.NOT_FOR_PROGRAMS: "{permission} es solo para personas. No lo incluya.",
    Problem.KEYS_OR_ADDRESS: "Envíe jwks o jwksUrl, no los dos.",
    Problem.KEYS_NEEDED: "Solo un programa con claves puede actuar por el personal: envíe jwks o jwksUrl.",
    Problem.HAS_KEYS: "Este programa inicia sesión con sus claves y no tiene secreto. Envíe otras claves.",
    Problem.KEY_SET_UNREADABLE: 'Envíe un JWK Set en JSON, como {{"keys": [...]}}.',
    Problem.TOO_MANY_KEYS: "Envíe como máximo {most} claves.",
    Problem.KEY_IS_SECRET: "Envíe solo claves públicas. "
    "Este conjunto tiene una clave privada o compartida: no la use más.",
    Problem.KEY_WITHOUT_ID: "Dé a cada clave un kid propio.",
    Problem.KEY_NOT_TAKEN: "Use claves para firmar: EC en P-256, Ed25519, o RSA de 2048 a 8192 bits.",
    # Webhooks
    Problem.ADDRESS_NOT_ALLOWED: "Use una dirección que empiece con https:// y a la que se llegue desde internet, sin "
    "nombre de usuario.",
    Problem.NO_WEBHOOK_EVENT: "Elija uno o varios de {offered}.",
    Problem.TOO_MANY_ENDPOINTS: "Tenga como máximo {most} direcciones. Borre una que ya no use.",
    Problem.ROTATED_LATELY: "Hay dos secretos en uso hasta {hours} horas después del último cambio. "
    "Use endOldNow para terminar los dos anteriores a la vez.",
    Problem.WEBHOOK_DISABLED: "Esta dirección está desactivada. Actívela primero.",
}
