// Español: encontrar a las personas, y lo que se sabe de lo que se hizo.

export default {
  suggestions: "Personas que coinciden",
  suggested: "{count} personas coinciden. Flecha abajo para elegir, Intro para buscar.",
  bornOn: "nacimiento: {date}",
  similarTitle: "¿Esta persona ya tiene un expediente? Compruébelo antes de agregarla otra vez.",
  similarPerson: "mismo nombre y misma fecha de nacimiento",
  similarAddress: "mismo correo electrónico",
  addAnyway: "Agregar a esta persona de todos modos",
  tick: "Invitar",
  tickPerson: "Invitar a {name}",
  tickFirst: "Marque a quién invitar",
  inviteTicked: "Invitar a los {count} marcados",
  inviteComing: "Invitar a quienes vienen pronto",
  inviteComingBody: "Todas las personas con una cita a partir de ahora que aún no tienen cuenta del portal.",
  comingUntil: "Hasta",
  showComing: "Mostrar quién viene",
  nobodyComing: "Nadie de quienes vienen hasta entonces está sin cuenta.",
  notSentYet: "Todavía no enviado",
  takesLong: "Esto tarda un momento…",
  offlineTitle: "No hay conexión",
  partOffline:
    "Lo que este botón necesita no se había cargado antes. Conéctese e inténtelo de nuevo. No se cambió nada.",
  accountKnown: "registrada: {registered}; última entrada: {last}",
  pageOffline:
    "No hay conexión, y esta página no se había abierto antes. Conéctese e inténtelo de nuevo. No se cambió nada.",
};
