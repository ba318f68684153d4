// Spanish: one's own second factors, and the fresh sign-in.

export default {
  secondFactor: "Segundo factor",
  noSecondFactor: "Inicia sesión solo con su contraseña. Un segundo factor impide el paso a quien la conozca.",
  secondFactorBody: "Después de la contraseña se le pide uno de estos.",
  // El inicio de sesión reciente
  freshTitle: "¿Es usted?",
  freshBody: "Inició sesión hace un rato y este cambio es importante. Escriba su contraseña para continuar.",
  // Agregar y quitar
  addPasskey: "Agregar una llave de acceso",
  passkeyBody:
    "Una llave de acceso se guarda en este dispositivo, en su teléfono o en una llave de seguridad, y se abre con el dedo, la cara o un PIN.",
  notShared:
    "No en una cuenta de equipo que comparta con otras personas: quien pueda desbloquear este dispositivo podría usar su llave.",
  passkeyName: "Nombre",
  passkeyNameHint: "Dónde se guarda, por ejemplo “Mi teléfono”.",
  makePasskey: "Crear la llave de acceso",
  passkeyCalled: "Llave de acceso “{name}”",
  addCodes: "Agregar códigos de una aplicación",
  replaceCodes: "Configurar de nuevo la aplicación",
  codesBody: "Escanee esto con una aplicación de autenticación en su teléfono.",
  qrCode: "Código QR para la aplicación de autenticación",
  secretToType: "O escriba esto en la aplicación:",
  firstCode: "Código que muestra la aplicación",
  addTheseCodes: "Agregar los códigos",
  codesFromApp: "Códigos de una aplicación",
  factorSince: "Agregado {at}",
  factorUsed: "último uso {at}",
  factorAdded: "Su segundo factor está agregado. Le hemos enviado un correo al respecto.",
  removeFactor: "Quitar",
  removeFactorName: "Quitar: {name}",
  removeFactorAsk: "¿Quitar esto? {name}",
  removeFactorBody: "Ya no se le pedirá.",
  factorRemoved: "Quitado: {name}. Le hemos enviado un correo al respecto.",
  renewRecoveryCodes: "Nuevos códigos de recuperación",
  recoveryCodes: "Códigos de recuperación",
  recoveryCodesBody:
    "Cada uno le deja entrar una vez cuando no tenga ni llave ni aplicación. Solo se muestran ahora. Imprímalos o guárdelos en un administrador de contraseñas.",
  codesKept: "Los he guardado",
  copyCodes: "Copiar",
  codesCopied: "Los códigos están copiados.",
  printCodes: "Imprimir",
  // Restablecer el de otra persona
  resetFactors: "Restablecer el segundo factor",
  resetFactorsName: "Restablecer el segundo factor de {name}",
  resetFactorsAsk: "¿Restablecer el segundo factor de {name}?",
  resetFactorsBody:
    "Se quitan sus llaves y códigos y se cierran sus sesiones. Recibirá un código para esa persona. Asegúrese de que habla con ella misma.",
  factorsReset: "El segundo factor de {name} se ha restablecido.",
  handOver:
    "Entregue este código a {name}. Sirve una vez, en un plazo de 24 horas, después de la contraseña. Entonces agrega un nuevo segundo factor. Solo se muestra ahora.",
};
