// Spanish: the first day, and a record's end.

export default {
  nobodyInStateYet: "Nadie está en este estado. Las personas aparecen aquí cuando usted agrega contactos y los invita.",
  wholeRecord: "El expediente completo",
  wholeRecordBody: "Todo lo que se guarda sobre esta persona, para entregarlo o borrarlo.",
  exportRecord: "Exportar el expediente",
  exportReady: "El expediente de {name} está listo",
  exportReadyBody:
    "Un archivo con todo lo que se guarda sobre esta persona y sus documentos. El enlace sirve durante diez minutos. La exportación queda en la auditoría.",
  downloadRecord: "Descargar el archivo",
  eraseRecord: "Borrar el expediente",
  eraseAsk: "¿Borrar el expediente de {name}?",
  eraseBody:
    "Se elimina todo sobre esta persona: datos, citas, documentos, correos y la cuenta del portal. No se puede deshacer. En la auditoría queda que se hizo, sin el nombre.",
  eraseReasonHint: "Queda en la auditoría; no nombre a nadie.",
  eraseForGood: "Borrar para siempre",
  erased: "El expediente está borrado.",
  refusedMustBeKeptLIVE_LINK: "Una cuenta del portal está vinculada a este expediente. Termine primero el vínculo.",
  refusedMustBeKeptOPEN_SIGNATURE: "Alguien debe firmar un documento de este expediente. Retírelo primero.",
  refusedMustBeKeptOPEN_TRANSFER:
    "Un traspaso de la cuenta del portal de este expediente espera una decisión. Decídalo primero.",
  refusedMustBeKeptSIGNED_DOCUMENTS: "Los documentos firmados y sus pruebas deben conservarse {until}.",
  untilDay: "hasta el {day}",
  forEver: "para siempre",
  refusedMustBeKeptOTHERS_DOCUMENT:
    "A esta persona se le pidió firmar un documento de otro expediente, que debe quedar completo.",
};
