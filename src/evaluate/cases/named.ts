/** A thing with a short name, written as the name alone or as a mapping with `id`. */
export type Named<T> = string | ({ readonly id: string } & T);

/** Text of an attribute; null for none. */
export type Text = string | null;
