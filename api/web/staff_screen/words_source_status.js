// How appointments stand in the system that they come from. Loaded with the first appointment that says it.

export default {
  en: {
    sourceArrived: "Arrived",
    sourceCheckedIn: "Checked in",
    sourceFulfilled: "Completed",
    sourceNoShow: "No-show",
  },
  es: {
    sourceArrived: "Llegó",
    sourceCheckedIn: "Registrado",
    sourceFulfilled: "Atendida",
    sourceNoShow: "No se presentó",
  },
};
