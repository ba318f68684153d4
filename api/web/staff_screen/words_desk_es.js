// Español: encontrar a las personas, y lo que se sabe de lo que se hizo.

export default {
  suggestions: "Personas que coinciden",
  suggested: "{count} personas coinciden. Flecha abajo para elegir, Intro para buscar.",
  bornOn: "nacimiento: {date}",
  similarTitle: "¿Esta persona ya está en el registro? Compruébelo antes de agregarla otra vez.",
  similarPerson: "mismo nombre y misma fecha de nacimiento",
  similarAddress: "mismo correo electrónico",
  addAnyway: "Agregar a esta persona de todos modos",
  notSentYet: "Todavía no enviado",
  takesLong: "Esto tarda un momento…",
  pageOffline:
    "No hay conexión, y esta página no se había abierto antes. Conéctese e inténtelo de nuevo. No se cambió nada.",
};
