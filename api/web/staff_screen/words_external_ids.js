// What other systems call records. Loaded with the pages that say it.

export default {
  en: {
    externalIdsOf: "External ids of {name}",
    externalIdsHint:
      "What other systems call this record. Imported files and other programs find it by these, so take them over exactly: upper case and leading zeros count.",
    externalId: "External id {number}",
    externalSystem: "System, such as https://ehr.example.org/patients",
    externalSystemWrong:
      "Use an absolute URI without spaces, such as https://ehr.example.org/patients or urn:oid:2.16.840.1.",
    externalValue: "Number there",
    addExternalId: "Add an external id",
    externalIdsSaved: "The external ids are saved.",
    externalIdsChanged:
      "Somebody else, or a program, changed these meanwhile, so nothing of yours was saved. Close this, and look at what is there now.",
    externalIdTwice: "One external id is there twice. Remove one of the two.",
    externalIdTaken: "Another record has this external id. Remove it there first.",
    externalIdTakenBy: "The record of {name} has this external id. Remove it there first.",
  },
  es: {
    externalIdsOf: "Identificadores externos de {name}",
    externalIdsHint:
      "Cómo llaman otros sistemas a este registro. Los archivos importados y otros programas lo encuentran por ellos, así que cópielos tal cual: las mayúsculas y los ceros iniciales cuentan.",
    externalId: "Identificador externo {number}",
    externalSystem: "Sistema, por ejemplo https://ehr.example.org/patients",
    externalSystemWrong:
      "Use un URI absoluto sin espacios, como https://ehr.example.org/patients o urn:oid:2.16.840.1.",
    externalValue: "Número allí",
    addExternalId: "Agregar un identificador externo",
    externalIdsSaved: "Los identificadores externos están guardados.",
    externalIdsChanged:
      "Otra persona u otro programa los cambió mientras tanto, así que no se guardó nada de lo suyo. Cierre esto y mire lo que hay ahora.",
    externalIdTwice: "Un identificador externo está dos veces. Quite uno de los dos.",
    externalIdTaken: "Otro registro tiene este identificador externo. Quíteselo primero.",
    externalIdTakenBy: "El expediente de {name} tiene este identificador externo. Quíteselo primero.",
  },
};
