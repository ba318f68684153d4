// Spanish: the practice's own sign-in.

export default {
  providerSignIn: "Entrar con la cuenta de su consultorio",
  providerTitle: "El acceso de su consultorio",
  providerOr: "O con dirección y contraseña:",
  providerOnly:
    "El personal de este consultorio entra con la cuenta del consultorio. La contraseña solo le sirve a una persona designada.",
  providerClose: "Listo. Puede cerrar esta ventana y seguir donde estaba.",
  providerNeedsStorage: "Su navegador no guarda nada de este sitio. Permítaselo o entre con contraseña.",
  providerJoin: "Su consultorio da acceso al personal con su propia cuenta. Acepte la invitación con ella:",
  refusedPasswordSignInOff: "El personal de este consultorio entra con la cuenta del consultorio, no con contraseña.",
  refusedProviderSignInRefused: "Nadie ha entrado. Empiece de nuevo.",
  refusedProviderSignInRefusedNO_PROVIDER:
    "Este consultorio no tiene un acceso propio. Entre con su dirección y su contraseña.",
  refusedProviderSignInRefusedPROVIDER_AWAY:
    "El acceso de su consultorio no responde. Inténtelo otra vez en unos minutos.",
  refusedProviderSignInRefusedPROVIDER_REFUSED:
    "El acceso de su consultorio dio una respuesta que no sirve. Inténtelo otra vez; si continúa, avise a la persona que administra las integraciones.",
  refusedProviderSignInRefusedCANCELLED: "Usted volvió atrás en el acceso de su consultorio. No se cambió nada.",
  refusedProviderSignInRefusedSTART_AGAIN:
    "Este acceso tardó demasiado, ya se usó o se empezó en otra ventana. Empiece de nuevo.",
  refusedProviderSignInRefusedNOT_KNOWN:
    "El acceso de su consultorio le conoce, pero aquí nadie tiene esa dirección. Pida a quien administra al personal que le agregue con la dirección que usa allí.",
  refusedProviderSignInRefusedINVITED: "Usted no ha aceptado su invitación. Abra antes el enlace del correo.",
  refusedProviderSignInRefusedNOT_PROVEN:
    "Eso no fue un nuevo acceso de la persona que está aquí. Inténtelo otra vez con su propia cuenta.",
  refusedProviderSignInRefusedTOO_MANY_ATTEMPTS:
    "Demasiados intentos desde su red. Inténtelo otra vez en un cuarto de hora.",
  // Settings
  provider: "Acceso con la cuenta del consultorio",
};
