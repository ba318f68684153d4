// Spanish: settings of the practice's own sign-in.

export default {
  providerProve: "Demostrarlo con la cuenta de su consultorio",
  providerProveWait: "Siga en la ventana que se abrió. Esta espera.",
  providerBody:
    "Su personal puede entrar con su propio proveedor (OpenID Connect). El proveedor decide quién es cada persona; lo que puede hacer se sigue decidiendo aquí.",
  noProvider: "No hay ningún proveedor. El personal entra con dirección y contraseña.",
  issuer: "Emisor (issuer)",
  issuerHint: "Como lo muestra su proveedor, por ejemplo https://login.microsoftonline.com/su-tenant-id/v2.0",
  clientId: "Identificador de cliente (client ID)",
  clientSecret: "Secreto de cliente (client secret)",
  clientSecretHint: "Déjelo vacío para conservar el que está guardado.",
  callbackUrl: "Dirección de retorno, para registrarla en su proveedor",
  verifiedDomains: "Dominios cuyas direcciones están verificadas",
  verifiedDomainsHint:
    "Uno en cada línea. Solo para proveedores que no lo dicen, como Microsoft: usted afirma que cada dirección de estos dominios pertenece allí a la persona que la tiene.",
  providerSave: "Comprobar y guardar el proveedor",
  providerSaved: "El proveedor está guardado. El personal ya puede entrar con él.",
  providerRemove: "Quitar el proveedor",
  providerRemoved: "Se quitó el proveedor. El personal entra con dirección y contraseña.",
  passwords: "Contraseñas",
  passwordsOn: "El personal entra también con contraseña.",
  passwordsOff: "El personal entra solo con el proveedor, salvo una persona: {name}.",
  passwordsOffHint:
    "Puede desactivar las contraseñas cuando alguien que administra al personal haya entrado con el proveedor. La contraseña de una persona sigue sirviendo, para el día en que el proveedor falle.",
  breakGlass: "De quién sigue sirviendo la contraseña",
  breakGlassHint: "Alguien que administra al personal y tiene contraseña.",
  breakGlassChange: "Mantener la contraseña de esta persona",
  passwordsTurnOff: "Desactivar las contraseñas",
  passwordsTurnOn: "Activar de nuevo las contraseñas",
  passwordsSaved: "Vale desde ahora.",
  wrongProvider_issuer:
    "En esta dirección no hay un proveedor utilizable, o no responde. Use el emisor de su propio inquilino (tenant).",
  wrongProvider_clientSecret: "Escriba el secreto que le dio su proveedor.",
  wrongProvider_verifiedDomains: "Use hasta 20 dominios como consultorio.example, sin @.",
  wrongProvider_passwordSignIn: "Antes alguien que administra al personal tiene que entrar con el proveedor.",
  wrongProvider_breakGlassStaffMemberId: "Elija a alguien activo que administre al personal y tenga contraseña.",
};
