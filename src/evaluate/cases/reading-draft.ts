/** How one facet was read, as a case states it. */
export type ReadingDraft = {
  readonly api?: readonly string[];
  readonly first?: string;
  readonly last?: string;
  readonly expected?: number;
  readonly retrieved?: number;
  readonly declared?: boolean;
  readonly wanted?: boolean;
};

/** Who answered for a domain of AD, as a case states it. */
export type ServerDraft = {
  readonly domain?: string;
  readonly copy?: string;
  readonly before?: number | null;
  readonly after?: number | null;
};
