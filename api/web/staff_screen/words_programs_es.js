// Spanish: programs that sign in by themselves.

export default {
  programsTitle: "Programas",
  programsBody:
    "Aquí inician sesión por sí mismos otros programas del consultorio. Cada uno tiene sus propios permisos, y la auditoría lo nombra.",
  noPrograms: "Ningún programa inicia sesión.",
  addProgram: "Agregar un programa",
  changeProgram: "Cambiar",
  rotateProgram: "Secreto nuevo",
  disableProgram: "Desactivar",
  ofProgram: "{what}: {name}",
  mostPrograms: "Hay {most} programas y no se pueden agregar más. Desactive uno que ya no se use.",
  programName: "Nombre",
  programClientId: "Identificador de cliente",
  programSecret: "Secreto",
  programProof: "Inicia sesión con",
  programBySecret: "un secreto",
  programByKeys: "sus claves: {ids}",
  programKeysAt: "sus claves en {url}",
  programForStaff: "Puede actuar por el personal",
  programForStaffYes: "Sí, con lo que ambos pueden hacer",
  programForStaffHint:
    "Nombra a una persona del personal y hace durante cinco minutos lo que ambos pueden hacer, como mostrar el icono en una historia clínica. Necesita claves.",
  programKeys: "Claves públicas",
  programKeysHint:
    "Un conjunto JWK, si el programa firma con claves. Deje esto y la dirección en blanco para usar un secreto.",
  programKeysHintChange:
    "Un conjunto JWK que sustituye a su secreto o a sus otras claves. Déjelo en blanco para no cambiar nada.",
  programKeysAddress: "Dirección de sus claves",
  programKeysAddressHint: "En lugar de las claves mismas: una dirección que empiece por https://.",
  programWrongPermissions: "Un programa no gestiona ni al personal ni a otros programas.",
  programWrongKeys:
    "Use un conjunto JWK de hasta diez claves públicas, cada una con su propio kid: EC en P-256, Ed25519 o RSA desde 2048 bits.",
  programWrongKeysAt:
    "Use claves o bien una dirección que empiece por https:// y se pueda alcanzar desde internet, no ambas cosas.",
  programKeysNeeded: "Solo un programa con claves puede actuar por el personal.",
  programRotatedLately:
    "Todavía se usan dos secretos. Marque esto para terminar enseguida los dos anteriores, o espere.",
  programLastSeen: "Último inicio de sesión",
  programNeverSeen: "Nunca",
  programOldSecretUntil: "El secreto anterior funciona hasta",
  programOn: "Activo",
  programEnded: "Desactivado",
  programSaved: "El programa está guardado.",
  programAdded: "Lo que necesita el programa",
  programSecretBody: "Entregue esto a quienes administran el programa. El secreto no se muestra otra vez.",
  programIdBody: "Entregue esto a quienes administran el programa. Inicia sesión con sus claves.",
  rotateProgramBody:
    "Se crea un secreto nuevo. El anterior funciona 24 horas más, para que el programa pueda cambiarlo.",
  programEndOldHint: "Solo si otra persona puede conocerlo: el programa queda sin sesión hasta que tenga el nuevo.",
  disableProgramAsk: "¿Desactivar este programa?",
  disableProgramBody: "Su sesión termina enseguida y para siempre. Lo que hizo queda bajo su nombre.",
  programIsEnded: "El programa está desactivado.",
};
