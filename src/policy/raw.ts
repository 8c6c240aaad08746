/** The invariants of a value that may not have the shape of a policy. */
export function rawInvariants(value: unknown): readonly unknown[] {
  const list = member(value, 'invariants');
  return Array.isArray(list) ? list : [];
}

/** A member of a value that may not be an object; never one of a prototype. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}
