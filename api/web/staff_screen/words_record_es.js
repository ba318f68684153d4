// Spanish: the first day, and a record's end.

export default {
  firstDay:
    "Empiece por agregar a las personas que atiende: abra Contactos y agregue una. Después invítela con el globo que está junto a su nombre.",

  nobodyInStateYet: "Nadie está en este estado. Las personas aparecen aquí cuando usted agrega contactos y los invita.",
  wholeRecord: "El registro completo",
  wholeRecordBody: "Todo lo que se guarda sobre esta persona, para entregarlo o borrarlo.",
  exportRecord: "Exportar el registro",
  exportReady: "El registro de {name} está listo",
  exportReadyBody:
    "Un archivo con todo lo que se guarda sobre esta persona y sus documentos. El enlace sirve durante diez minutos. La exportación queda en la auditoría.",
  downloadRecord: "Descargar el archivo",
  eraseRecord: "Borrar el registro",
  eraseAsk: "¿Borrar el registro de {name}?",
  eraseBody:
    "Se elimina todo sobre esta persona: datos, citas, documentos, cartas y la cuenta del portal. No se puede deshacer. En la auditoría queda que se hizo, sin el nombre.",
  eraseReasonHint: "Queda en la auditoría; no nombre a nadie.",
  eraseForGood: "Borrar para siempre",
  erased: "El registro está borrado.",
  refusedMustBeKeptLIVE_LINK: "Una cuenta del portal está vinculada a este registro. Termine primero el vínculo.",
  refusedMustBeKeptOPEN_SIGNATURE: "Alguien debe firmar un documento de este registro. Retírelo primero.",
  refusedMustBeKeptOPEN_TRANSFER:
    "Un traspaso de la cuenta del portal de este registro espera una decisión. Decídalo primero.",
  refusedMustBeKeptSIGNED_DOCUMENTS: "Este registro tiene documentos firmados. Ellos y sus pruebas deben conservarse.",
  refusedMustBeKeptOTHERS_DOCUMENT:
    "A esta persona se le pidió firmar un documento de otro registro, que debe quedar completo.",
};
