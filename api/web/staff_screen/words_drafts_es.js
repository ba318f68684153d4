// Spanish: adding a document in one dialog, and its draft.

export default {
  addAndShare: "Agregar el documento y compartirlo",
  replaceAndShare: "Poner el nuevo en su lugar y compartirlo",
  addedAndShared: "El documento está en el expediente y se compartió.",
  replacedAndShared: "El documento nuevo está en su lugar y se compartió.",
  wouldSee: "Lo verían: {names}.",
  draftHint:
    "Lo que usted escribe se guarda en esta ventana hasta que lo envíe, lo descarte o cierre la sesión. Si la página se vuelve a cargar, elija el archivo otra vez: el navegador no lo guarda.",
  draftKept: "No se envió. Su borrador queda guardado: abra el mismo botón para continuar.",
  draftOpened: "Usted continúa con su borrador.",
  draftDiscard: "Descartar el borrador",
  fileAgain: "Elija “{name}” otra vez: la página se volvió a cargar y el navegador no guarda archivos.",
};
