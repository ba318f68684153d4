"""What staff are told of an upload that is refused, in each language of the server's sentences."""

from collections.abc import Mapping
from enum import StrEnum

from clinic.values.pdf_check import PdfProblem


class UploadProblem(StrEnum):
    """Why a file was not taken, apart from the file itself. The values that come with a code are named beside it."""

    SIGN_IN = "SIGN_IN"
    STAFF_ONLY = "STAFF_ONLY"
    NOT_PERMITTED = "NOT_PERMITTED"  # permission
    NO_PDF_TYPE = "NO_PDF_TYPE"
    TOO_SLOW = "TOO_SLOW"
    BUSY = "BUSY"
    TOO_MANY = "TOO_MANY"  # minutes
    NO_STORE = "NO_STORE"


_ENGLISH: Mapping[PdfProblem | UploadProblem, str] = {
    PdfProblem.NOT_A_PDF: "This is no PDF. Save or print it as a PDF, then send it again.",
    PdfProblem.BROKEN: "This PDF is damaged. Save it again from the program it came from.",
    PdfProblem.ENCRYPTED: "This PDF is protected by a password. Save a copy without protection.",
    PdfProblem.ACTIVE_CONTENT: "This PDF contains scripts, attachments or the like. Print it to a new PDF.",
    PdfProblem.SIGNED: "This PDF is signed already, and adding pages to it would break that. Print it to a new PDF.",
    PdfProblem.TOO_LARGE: "This PDF has more than 25 MB. Save it with smaller pictures, or divide it.",
    PdfProblem.TOO_MANY_PAGES: "This PDF has more than 500 pages. Divide it.",
    PdfProblem.TOO_COMPLEX: "This PDF is too complex to show. Print it to a new PDF, or divide it.",
    PdfProblem.PAGE_WITHOUT_AREA: "A page of this PDF has no width or no height. Print it to a new PDF.",
    PdfProblem.NOT_FLATTENED: "This PDF has form fields, notes or layers that look different from program to program. "
    "Open it, check that everything is there, and print it to a new PDF.",
    PdfProblem.FONT_NOT_EMBEDDED: "This PDF lacks a font that it needs, so letters would be missing on other machines. "
    "Save it again with all fonts embedded, or print it to a new PDF.",
    PdfProblem.NOT_SEALABLE: "This PDF is built so that it could not be sealed after signing. Print it to a new PDF.",
    UploadProblem.SIGN_IN: "Sign in, and send the access token as a bearer token.",
    UploadProblem.STAFF_ONLY: "Only staff can upload documents.",
    UploadProblem.NOT_PERMITTED: "You need the permission {permission} for this. Ask someone who manages staff.",
    UploadProblem.NO_PDF_TYPE: "Send the PDF itself as the body, with Content-Type: application/pdf.",
    UploadProblem.TOO_SLOW: "The file did not arrive in time. Send it again.",
    UploadProblem.BUSY: "Too many files are arriving at once. Send it again in a few seconds.",
    UploadProblem.TOO_MANY: "Too many attempts. Try again in {minutes} min.",
    UploadProblem.NO_STORE: "Files can't be stored now. Send it again in a while.",
}
_SPANISH: Mapping[PdfProblem | UploadProblem, str] = {
    PdfProblem.NOT_A_PDF: "No es un PDF. Guárdelo o imprímalo como PDF y envíelo de nuevo.",
    PdfProblem.BROKEN: "Este PDF está dañado. Guárdelo de nuevo desde el programa en que se hizo.",
    PdfProblem.ENCRYPTED: "Este PDF está protegido con una contraseña. Guarde una copia sin protección.",
    PdfProblem.ACTIVE_CONTENT: "Este PDF contiene programas, archivos adjuntos o algo parecido. "
    "Imprímalo en un PDF nuevo.",
    PdfProblem.SIGNED: "Este PDF ya tiene una firma, que se perdería al agregar páginas. Imprímalo en un PDF nuevo.",
    PdfProblem.TOO_LARGE: "Este PDF tiene más de 25 MB. Guárdelo con imágenes más pequeñas o divídalo.",
    PdfProblem.TOO_MANY_PAGES: "Este PDF tiene más de 500 páginas. Divídalo.",
    PdfProblem.TOO_COMPLEX: "Este PDF es demasiado complejo para mostrarlo. Imprímalo en un PDF nuevo o divídalo.",
    PdfProblem.PAGE_WITHOUT_AREA: "Una página de este PDF no tiene ancho o alto. Imprímalo en un PDF nuevo.",
    PdfProblem.NOT_FLATTENED: "Este PDF tiene campos, notas o capas que cada programa muestra de otra manera. "
    "Ábralo, revise que todo esté e imprímalo en un PDF nuevo.",
    PdfProblem.FONT_NOT_EMBEDDED: "A este PDF le falta un tipo de letra, y en otros equipos faltarían letras. "
    "Guárdelo de nuevo con todos los tipos de letra incluidos o imprímalo en un PDF nuevo.",
    PdfProblem.NOT_SEALABLE: "Por su estructura, este PDF no se podría sellar después de la firma. "
    "Imprímalo en un PDF nuevo.",
    UploadProblem.SIGN_IN: "Inicie sesión y envíe el token de acceso como token «bearer».",
    UploadProblem.STAFF_ONLY: "Solo el personal puede enviar documentos.",
    UploadProblem.NOT_PERMITTED: "Para esto necesita el permiso {permission}. "
    "Pídalo a quien administra las cuentas del personal.",
    UploadProblem.NO_PDF_TYPE: "Envíe solo el PDF, con Content-Type: application/pdf.",
    UploadProblem.TOO_SLOW: "El archivo no llegó a tiempo. Envíelo de nuevo.",
    UploadProblem.BUSY: "Están llegando demasiados archivos a la vez. Envíelo de nuevo en unos segundos.",
    UploadProblem.TOO_MANY: "Demasiados intentos. Intente de nuevo en {minutes} min.",
    UploadProblem.NO_STORE: "Ahora no se pueden guardar archivos. Envíelo de nuevo más tarde.",
}
UPLOAD_WORDS = {"en": _ENGLISH, "es": _SPANISH}


def upload_words(problem: PdfProblem | UploadProblem, language: str, **values: object) -> str:
    """What is wrong and what would help. `language` is one of the server's: `languages.language_for` picks it."""
    return UPLOAD_WORDS[language][problem].format(**values)
