// The worklist's documents. Loaded with the worklist.

export default {
  en: {
    worklistPeople: "People",
    documentsToFollowUp: "Worklist: documents to follow up",
    longestFirst: "Longest waiting first.",
    followUpDocument: "Document",
    followUpWho: "Who",
    followUpSent: "Sent",
    followUpMade: "On record since",
    noneWAITING: "No document waits for a signature.",
    noneDECLINED: "Nobody has declined to sign a document.",
    noneNOT_SENT: "Every document that needs a signature was sent.",
  },
  es: {
    worklistPeople: "Personas",
    documentsToFollowUp: "Pendientes: documentos por atender",
    longestFirst: "Primero lo que espera desde hace más tiempo.",
    followUpDocument: "Documento",
    followUpWho: "Quién",
    followUpSent: "Enviado",
    followUpMade: "En el expediente desde",
    noneWAITING: "Ningún documento espera una firma.",
    noneDECLINED: "Nadie se ha negado a firmar un documento.",
    noneNOT_SENT: "Todos los documentos que necesitan una firma se enviaron.",
  },
};
