// Español: unir dos registros de una persona.

export default {
  mergeRecord: "Unir otro expediente con este",
  mergeHint: "Si esta persona está registrada dos veces. Un colega debe aprobarlo.",
  mergeAsk: "¿Qué otro expediente es también de {name}?",
  mergeChoose: "Busque el otro expediente. Se unirá a este.",
  mergeCompare: "Comparar los dos expedientes",
  mergeTitle: "¿Es una sola persona, {name}?",
  mergeBody:
    "Todo lo del otro expediente pasa a este: correos, documentos, citas, relaciones, historial y la cuenta del portal. Quien ve los documentos de un expediente verá los de ambos. Compárelos bien: no se puede deshacer.",
  mergeReason: "Cómo sabe que es una sola persona",
  mergeReasonHint: "Su colega lo lee.",
  mergeRequest: "Pedir a un colega que apruebe la unión",
  mergeRequested: "La solicitud espera a un colega.",
  mergeWaits: "Hay una unión en espera: {name}",
  mergeKept: "Este expediente se queda",
  mergeDuplicate: "Este expediente se une al otro",
  mergeCounts: "En el expediente",
  mergeCounted: "{documents} documentos, {appointments} citas, {relationships} relaciones",
  mergeApprove: "Unir los dos expedientes",
  mergeApproveAsk: "¿Unir los dos expedientes de {name}?",
  mergeApproveBody:
    "Todo pasa al expediente que se queda. No se puede deshacer. Si pasa una cuenta del portal, su persona confirma quién es en la próxima visita.",
  merged: "Los dos expedientes son uno.",
  mergeDecline: "Dejar los dos expedientes como están",
  mergeDeclined: "Rechazado. Los dos expedientes quedan como están.",
  mergeWithdrawn: "La solicitud se retiró. Los dos expedientes quedan como están.",
  mergedInto: "Este expediente se unió a otro.",
  refusedMergeBlockedSAME_RECORD: "Elija otro expediente: este es el mismo.",
  refusedMergeBlockedARCHIVED:
    "Uno de los dos expedientes está archivado o ya se unió. Restáurelo primero o use el otro.",
  refusedMergeBlockedRELATED:
    "Estas dos personas están relacionadas entre sí, así que son dos. Si es un error, ponga primero una fecha de fin a la relación.",
  refusedMergeBlockedBOTH_LINKED:
    "Los dos expedientes tienen una cuenta del portal. Averigüe cuál usa la persona y desvincule primero la otra.",
  refusedMergeBlockedOPEN_TRANSFER: "Una transferencia de cuenta espera en uno de los expedientes. Decídala primero.",
  refusedMergeBlockedBOTH_SIGN:
    "Un documento espera las firmas de los dos expedientes. Retírelo y agréguelo de nuevo primero.",
  refusedMergeBlockedTOO_MANY_ADDRESSES: "Juntos tienen demasiados correos electrónicos. Quite algunos primero.",
  refusedMergeBlockedTOO_MANY_PHONES: "Juntos tienen demasiados números de teléfono. Quite algunos primero.",
};
