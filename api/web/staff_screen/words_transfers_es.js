// Spanish: transfers.

export default {
  refusedSecondPersonNeededREQUESTED_IT: "Usted pidió esto, así que debe decidir otra persona.",
  refusedSecondPersonNeededACCOUNT_TOO_NEW:
    "Su cuenta es más reciente que esta solicitud. Debe aprobarla alguien que ya estaba antes.",
  refusedSecondPersonNeededCREATED_BY_REQUESTER:
    "Quien pidió esto creó su cuenta. Debe aprobarlo otra persona del equipo.",
  refusedSecondPersonNeededPERMISSION_FROM_REQUESTER:
    "Quien pidió esto le dio el permiso para aprobarlo. Debe aprobarlo otra persona del equipo.",
  refusedSecondPersonNeededNO_SECOND_FACTOR:
    "Su consultorio pide un segundo factor. Agregue una llave de acceso o códigos de una aplicación en la página de su cuenta y apruebe después.",
  refusedSecondPersonNeededIS_PROGRAM: "Esto lo tienen que hacer dos personas, y un programa no lo es.",
  refusedSecondPersonNeededREQUESTED_BY_PROGRAM:
    "Lo pidió un programa, así que nadie puede aprobarlo. Rechácelo y pídalo usted.",
  refusedNotYourRequest: "Otra persona pidió esto y solo ella puede retirarlo. Usted puede rechazarlo.",
  transferWaits: "Hay una transferencia en espera",
  withdrawTransfer: "Retirar la solicitud",
  transferWithdrawn: "La solicitud está retirada. La cuenta queda donde está.",
  transferWanted: "Se pide para",
  transferHolder: "La tiene ahora",
  transferAccount: "Cuenta",
  transferLinked: "Vinculada",
  transferSignedIn: "Último acceso",
};
