"""What staff read about a completed document without a sealed file, in each language of the server's sentences."""

from collections.abc import Mapping

from clinic.documents.seal_problems import SealFailure, SealProblem

_ENGLISH: Mapping[SealProblem, str] = {
    SealProblem.FILE_MISSING: "A file is not in the file store, or was changed there. Restore it from the backup.",
    SealProblem.FILE_STORE_UNAVAILABLE: "The file store can't be used: {value}",
    SealProblem.SEAL_UNAVAILABLE: "The seal can't be made: {value}",
    SealProblem.TIMESTAMP_UNAVAILABLE: "No timestamp could be had: {value}",
    SealProblem.TOO_SLOW: "It was not done within {value} s.",
    SealProblem.SEALED_DIFFERS: "The sealed file would not show what was signed (page {value}), so it is not "
    "published. Print the document to a new PDF, add that instead, and have it signed again.",
    SealProblem.NOT_COMPARED: "The sealed file could not be compared with what was signed, so it is not published.",
    SealProblem.EVIDENCE_CHANGED: "The evidence of a signature is not what was signed. It is not sealed. "
    "Ask the person who runs this installation to run: vestibule audit verify",
    SealProblem.EVIDENCE_NOT_OURS: "This program did not write the evidence of a signature. It is not sealed. "
    "Ask the person who runs this installation to run: vestibule audit verify",
    SealProblem.EVIDENCE_NOT_AUDITED: "The audit does not know the evidence of a signature. It is not sealed. "
    "Ask the person who runs this installation to run: vestibule audit verify",
    SealProblem.INTERNAL: "Internal error ({value}); the log tells where.",
}
_SPANISH: Mapping[SealProblem, str] = {
    SealProblem.FILE_MISSING: "Falta un archivo en el almacén de archivos, o cambió allí. "
    "Recupérelo de la copia de seguridad.",
    SealProblem.FILE_STORE_UNAVAILABLE: "No se puede usar el almacén de archivos. "
    "Dígale a quien administra esta instalación: {value}",
    SealProblem.SEAL_UNAVAILABLE: "No se puede hacer el sello. Dígale a quien administra esta instalación: {value}",
    SealProblem.TIMESTAMP_UNAVAILABLE: "No se obtuvo el sello de tiempo. "
    "Dígale a quien administra esta instalación: {value}",
    SealProblem.TOO_SLOW: "No se terminó en {value} s.",
    SealProblem.SEALED_DIFFERS: "El archivo sellado no mostraría lo que se firmó (página {value}); por eso no se "
    "publica. Imprima el documento en un PDF nuevo, agréguelo en su lugar y pida que lo firmen de nuevo.",
    SealProblem.NOT_COMPARED: "El archivo sellado no se pudo comparar con lo que se firmó; por eso no se publica.",
    SealProblem.EVIDENCE_CHANGED: "La prueba de una firma no es la de lo que se firmó. No se sella. "
    "Pida a quien administra esta instalación que ejecute: vestibule audit verify",
    SealProblem.EVIDENCE_NOT_OURS: "Este programa no escribió la prueba de una firma. No se sella. "
    "Pida a quien administra esta instalación que ejecute: vestibule audit verify",
    SealProblem.EVIDENCE_NOT_AUDITED: "La auditoría no conoce la prueba de una firma. No se sella. "
    "Pida a quien administra esta instalación que ejecute: vestibule audit verify",
    SealProblem.INTERNAL: "Error interno ({value}); el registro del servidor dice dónde.",
}
SEAL_WORDS = {"en": _ENGLISH, "es": _SPANISH}


def seal_failure_words(failure: SealFailure, language: str) -> str:
    """What stands in the way and what would help. Sentences of earlier releases are told as they were stored."""
    if failure.problem is None:
        return failure.value
    return SEAL_WORDS[language][failure.problem].format(value=failure.value)
