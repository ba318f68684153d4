// How long signed documents are kept, and which may be erased. Loaded with the pages that say it.

export default {
  en: {
    retention: "Years for which signed documents are kept",
    retentionHint:
      "{fewest} to {most}, or empty: for ever. The years begin with the last signature, and for a child with the 18th birthday. Nothing is erased by itself.",
    wrong_signedRetentionYears: "Choose {fewest} to {most} years, or leave it empty.",
    toErasable: "Signed documents that may be erased",
    erasableBody:
      "These were signed so long ago that the practice's rule ({years} years) no longer keeps them: {count}. Each is erased by itself.",
    erasableForEver: "Signed documents are kept for ever. Another rule can be set in the settings.",
    erasableNone: "No signed document may be erased yet.",
    erasableDocument: "Document",
    erasableSigned: "Signed last",
    erasableSince: "May be erased since",
    eraseDocument: "Erase",
    eraseDocumentOf: "Erase {title} of {name}",
    eraseDocumentAsk: "Erase “{title}” of {name}?",
    eraseDocumentBody:
      "The document is deleted with its signatures and their evidence, and so are the versions that it replaced. It can't be undone. The audit keeps that it was done, without title and name.",
    documentErased: "The document is erased.",
  },
  es: {
    retention: "Años durante los que se conservan los documentos firmados",
    retentionHint:
      "De {fewest} a {most}, o vacío: para siempre. Los años empiezan con la última firma y, para un menor, con los 18 años. Nada se borra por sí solo.",
    wrong_signedRetentionYears: "Elija de {fewest} a {most} años o déjelo vacío.",
    toErasable: "Documentos firmados que se pueden borrar",
    erasableBody:
      "Se firmaron hace tanto tiempo que la regla del consultorio ({years} años) ya no los conserva: {count}. Cada uno se borra por separado.",
    erasableForEver: "Los documentos firmados se conservan para siempre. En los ajustes se puede poner otra regla.",
    erasableNone: "Todavía no se puede borrar ningún documento firmado.",
    erasableDocument: "Documento",
    erasableSigned: "Última firma",
    erasableSince: "Se puede borrar desde",
    eraseDocument: "Borrar",
    eraseDocumentOf: "Borrar {title} de {name}",
    eraseDocumentAsk: "¿Borrar “{title}” de {name}?",
    eraseDocumentBody:
      "Se elimina el documento con sus firmas y las pruebas de ellas, y también las versiones que reemplazó. No se puede deshacer. En la auditoría queda que se hizo, sin título ni nombre.",
    documentErased: "El documento está borrado.",
  },
};
