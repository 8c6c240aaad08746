/** SQL of a distinguished name in the form in which two of them can be compared. */
export function dnSql(dn: string): string {
  return `lower(regexp_replace(trim(${dn}), '\\s*([,=])\\s*', '\\1', 'g'))`;
}

/** SQL that is true when one distinguished name is another, or lies below it. */
export function withinSql(dn: string, container: string): string {
  const [inner, outer] = [dnSql(dn), dnSql(container)];
  return `(${inner} = ${outer} OR ends_with(${inner}, ',' || ${outer}))`;
}
