// Whose address a record in conflict bears, where that person is its relative and has access already: then giving a
// relative access is no way out any more.

/**
 * The relatives who have access to this record, with an account at one of its own addresses.
 * @param {Pick<ContactRecord, "id" | "emails" | "relationships">} contact
 * @param {string} day today at the practice
 */
export function reachedThrough({ id, emails, relationships }, day) {
  const own = emails.map((one) => one.toLowerCase());
  return relationships.filter(
    ({ client, relative, portalAccess, endsOn }) =>
      client.id === id &&
      portalAccess &&
      (!endsOn || endsOn >= day) &&
      own.includes(relative.portalStatus?.account?.email.toLowerCase() ?? ""),
  );
}
