"""What staff are told of an upload that is refused, in each language of the server's sentences."""

from collections.abc import Mapping
from enum import StrEnum

from clinic.values.limits import FEWEST_LOGO_PIXELS, MOST_LOGO_BYTES, MOST_LOGO_PIXELS
from clinic.values.logo import LogoProblem
from clinic.values.pdf_check import PdfProblem


class UploadProblem(StrEnum):
    """Why a file was not taken, apart from the file itself. The values that come with a code are named beside it."""

    SIGN_IN = "SIGN_IN"
    STAFF_ONLY = "STAFF_ONLY"
    NOT_PERMITTED = "NOT_PERMITTED"  # permission
    NO_PDF_TYPE = "NO_PDF_TYPE"
    NO_IMPORT_TYPE = "NO_IMPORT_TYPE"
    IMPORT_TOO_LARGE = "IMPORT_TOO_LARGE"  # megabytes
    BAD_COLUMN = "BAD_COLUMN"
    BAD_DATES = "BAD_DATES"
    TOO_SLOW = "TOO_SLOW"
    BUSY = "BUSY"
    TOO_MANY = "TOO_MANY"  # minutes
    NO_STORE = "NO_STORE"
    AWAY = "AWAY"


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
    UploadProblem.STAFF_ONLY: "Only staff can upload files.",
    UploadProblem.NOT_PERMITTED: "You need the permission {permission} for this. Ask someone who manages staff.",
    UploadProblem.NO_PDF_TYPE: "Send the PDF itself as the body, with Content-Type: application/pdf; "
    "or a logo, with its image/ type.",
    UploadProblem.NO_IMPORT_TYPE: "Send the file itself as the body, with Content-Type: text/csv, "
    "application/fhir+json or application/fhir+ndjson.",
    UploadProblem.IMPORT_TOO_LARGE: "This file has more than {megabytes} MB. Divide it, or ask the operator to run "
    "vestibule import.",
    UploadProblem.BAD_COLUMN: "Name a column as HEADER=field, with a field that we know.",
    UploadProblem.BAD_DATES: "The order of dates is DMY, MDY or YMD.",
    UploadProblem.TOO_SLOW: "The file did not arrive in time. Send it again.",
    UploadProblem.BUSY: "Too many files are arriving at once. Send it again in a few seconds.",
    UploadProblem.TOO_MANY: "Too many attempts. Try again in {minutes} min.",
    UploadProblem.AWAY: "We can't take the file now. Send it again soon.",
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
    UploadProblem.SIGN_IN: "Inicie sesión y envíe el token de acceso como token “bearer”.",
    UploadProblem.STAFF_ONLY: "Solo el personal puede enviar archivos.",
    UploadProblem.NOT_PERMITTED: "Para esto necesita el permiso {permission}. "
    "Pídalo a quien administra las cuentas del personal.",
    UploadProblem.NO_PDF_TYPE: "Envíe solo el PDF, con Content-Type: application/pdf; "
    "o un logotipo, con su tipo image/.",
    UploadProblem.NO_IMPORT_TYPE: "Envíe el archivo mismo como cuerpo, con Content-Type: text/csv, "
    "application/fhir+json o application/fhir+ndjson.",
    UploadProblem.IMPORT_TOO_LARGE: "Este archivo tiene más de {megabytes} MB. Divídalo, o pida al operador que "
    "ejecute vestibule import.",
    UploadProblem.BAD_COLUMN: "Nombre una columna como ENCABEZADO=campo, con un campo que conozcamos.",
    UploadProblem.BAD_DATES: "El orden de las fechas es DMY, MDY o YMD.",
    UploadProblem.TOO_SLOW: "El archivo no llegó a tiempo. Envíelo de nuevo.",
    UploadProblem.BUSY: "Están llegando demasiados archivos a la vez. Envíelo de nuevo en unos segundos.",
    UploadProblem.TOO_MANY: "Demasiados intentos. Intente de nuevo en {minutes} min.",
    UploadProblem.AWAY: "Ahora no podemos recibir el archivo. Envíelo de nuevo dentro de poco.",
    UploadProblem.NO_STORE: "Ahora no se pueden guardar archivos. Envíelo de nuevo más tarde.",
}
_LOGO_ENGLISH: Mapping[LogoProblem, str] = {
    LogoProblem.NOT_A_PICTURE: "This is no picture that we can read. Send a PNG, JPEG or WebP file.",
    LogoProblem.SVG: "SVG can't be used, because mail programs don't show it. "
    "Export the logo as a PNG, 1000 pixels wide or more, and send that.",
    LogoProblem.HEIC: "HEIC can't be used. Save the picture as a PNG or JPEG, and send that.",
    LogoProblem.CMYK: "This picture has colors for a printing press (CMYK). Save it with RGB colors, and send that.",
    LogoProblem.BROKEN: "This picture is damaged. Save it again from the program it came from.",
    LogoProblem.EMPTY: "Nothing can be seen on white: the picture is empty, or white itself. "
    "Send a version that is made for a white page.",
    LogoProblem.TOO_LARGE: f"This picture has more than {MOST_LOGO_BYTES // 1_000_000} MB. Save it smaller; "
    "1000 pixels of width are enough.",
    LogoProblem.TOO_MANY_PIXELS: f"This picture has more than {MOST_LOGO_PIXELS // 1_000_000} million pixels. "
    "Save it smaller; 1000 pixels of width are enough.",
    LogoProblem.TOO_SMALL: f"This picture has fewer than {FEWEST_LOGO_PIXELS} pixels on its longer side, "
    "and would be blurred. Send a larger one.",
}
_LOGO_SPANISH: Mapping[LogoProblem, str] = {
    LogoProblem.NOT_A_PICTURE: "No es una imagen que podamos leer. Envíe un archivo PNG, JPEG o WebP.",
    LogoProblem.SVG: "No se puede usar SVG, porque los programas de correo no lo muestran. "
    "Exporte el logotipo como PNG, de 1000 píxeles de ancho o más, y envíelo.",
    LogoProblem.HEIC: "No se puede usar HEIC. Guarde la imagen como PNG o JPEG y envíela.",
    LogoProblem.CMYK: "Esta imagen tiene colores de imprenta (CMYK). Guárdela con colores RGB y envíela.",
    LogoProblem.BROKEN: "Esta imagen está dañada. Guárdela de nuevo desde el programa en que se hizo.",
    LogoProblem.EMPTY: "Sobre blanco no se ve nada: la imagen está vacía o es blanca. "
    "Envíe una versión hecha para una página blanca.",
    LogoProblem.TOO_LARGE: f"Esta imagen tiene más de {MOST_LOGO_BYTES // 1_000_000} MB. Guárdela más pequeña; "
    "basta con 1000 píxeles de ancho.",
    LogoProblem.TOO_MANY_PIXELS: f"Esta imagen tiene más de {MOST_LOGO_PIXELS // 1_000_000} millones de píxeles. "
    "Guárdela más pequeña; basta con 1000 píxeles de ancho.",
    LogoProblem.TOO_SMALL: f"El lado más largo de esta imagen tiene menos de {FEWEST_LOGO_PIXELS} píxeles y se vería "
    "borrosa. Envíe una más grande.",
}
UPLOAD_WORDS = {"en": _ENGLISH, "es": _SPANISH}
# Their own tables: some codes of pictures are spelled like those of PDFs.
LOGO_WORDS = {"en": _LOGO_ENGLISH, "es": _LOGO_SPANISH}


def upload_words(problem: PdfProblem | LogoProblem | UploadProblem, language: str, **values: object) -> str:
    """What is wrong and what would help. `language` is one of the server's: `languages.language_for` picks it."""
    if isinstance(problem, LogoProblem):
        return LOGO_WORDS[language][problem]
    return UPLOAD_WORDS[language][problem].format(**values)
