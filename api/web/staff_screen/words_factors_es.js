// Spanish: second factors and the fresh sign-in.

export default {
  mustAddFactor: "Su consultorio pide un segundo factor. Agregue uno; hasta entonces no se abre nada más.",
  refusedSecondFactorNeeded: "La contraseña es correcta. Se pide un segundo factor.",
  refusedFreshSignInNeeded: "Para esto hace falta otra vez su contraseña. Inténtelo de nuevo.",
  refusedFactorRefused: "No es correcto, o ya se usó. Espere al código siguiente o use otro medio.",
  refusedChallengeNotUsable: "Pasó demasiado tiempo o ya está hecho. Empiece de nuevo.",
  refusedLastFactor: "Su consultorio pide un segundo factor y este es el único que tiene. Agregue antes otro.",
  refusedLongerPasswordNeeded:
    "Su contraseña solo basta junto con un segundo factor. Elija antes una de al menos 15 caracteres.",
  // El segundo paso
  secondStepTitle: "Segundo paso",
  secondStepBody: "La contraseña es correcta. Ahora demuestre que es usted.",
  usePasskey: "Usar una llave de acceso",
  passkeyNotUsed: "No se usó ninguna llave de acceso. Inténtelo de nuevo o elija otro medio.",
  passkeyKnown: "Aquí ya hay una llave de acceso suya.",
  codeFromApp: "Código de su aplicación",
  codeHint: "Seis cifras. La aplicación muestra otras nuevas cada 30 segundos.",
  goOnSignIn: "Continuar",
  useRecoveryCode: "Usar un código de recuperación",
  recoveryCode: "Código de recuperación",
  handedOverCode: "Código que le entregaron",
  handedOverBody:
    "Su segundo factor se ha restablecido. Escriba el código que le dio la persona que gestiona el personal.",
  startAgain: "Empezar de nuevo",
  freshLeft: "No se ha cambiado nada: para esto hace falta su contraseña.",
};
