// Español: el personal, sus contraseñas y lo que puede hacer.

export default {
  staff: "Personal",
  account: "Mi cuenta",
  // Ways in
  forgot: "¿Olvidó su contraseña?",
  forgotTitle: "¿Olvidó su contraseña?",
  forgotBody: "Enviamos un correo a la dirección con la que inicia sesión. Con su enlace elige una nueva contraseña.",
  mailLink: "Enviarme el correo",
  linkMailed:
    "Si alguien inicia sesión con esta dirección, ya hay un correo en camino. Su enlace sirve durante una hora. ¿No llega? Mire entre los correos no deseados o pregunte a quien gestiona el personal.",
  toSignIn: "Ir al inicio de sesión",
  welcomeTitle: "Le damos la bienvenida: elija una contraseña",
  welcomeBody:
    "Le han invitado al personal de un consultorio. Elija la contraseña con la que iniciará sesión. Nadie más la conoce.",
  resetTitle: "Elija una nueva contraseña",
  resetBody: "Cuando la haya elegido, se cierra su sesión en todos los demás lugares.",
  newPassword: "Nueva contraseña",
  newPasswordHint: "Al menos 15 caracteres, sin su nombre. Cuatro o más palabras sin relación forman una segura.",
  showPassword: "Mostrar la contraseña",
  choosePassword: "Elegir esta contraseña e iniciar sesión",
  passwordSaved:
    "Su contraseña nueva está guardada, pero en este momento no se pudo iniciar la sesión. Iníciela aquí con ella.",
  refusedWeakPassword:
    "Esta contraseña es demasiado corta o demasiado fácil de adivinar. Use al menos 15 caracteres, como cuatro palabras sin relación, sin su nombre ni el del consultorio.",
  refusedInvitationNotUsable:
    "Esta invitación se usó, fue sustituida o ha vencido. Si ya eligió una contraseña, inicie sesión con ella. Si no, pida otro correo a quien le invitó.",
  refusedLinkNotUsable: "Este enlace se usó, fue sustituido o ha vencido. Pida otro correo.",
  refusedEmailTaken: "Otra persona del personal ya inicia sesión con esta dirección.",
  refusedLastManager:
    "Nadie más que pueda iniciar sesión puede gestionar el personal. Permítaselo antes a otra persona.",
  refusedLastPassword:
    "El inicio de sesión con contraseña está desactivado y esta es la única persona cuya contraseña sirve. Antes elija a otra persona, o active de nuevo las contraseñas en los ajustes, en “Acceso con la cuenta del consultorio”.",
  accountClosed: "Su cuenta en {organization} está cerrada. Si la necesita, pregunte a quien gestiona el personal.",
  accountClosedCall:
    "Su cuenta en {organization} está cerrada. Si la necesita, pregunte a quien gestiona el personal o llame al {phone}.",
};
