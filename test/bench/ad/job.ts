/** What a reader is to read, and from where. */
export type Job = {
  readonly url: string;
  /** File with the authority of the server's certificate. */
  readonly ca: string;
  readonly user: string;
  readonly password: string;
  readonly container: string;
  readonly filter: string;
  readonly attributes: readonly string[];
  readonly pageSize: number;
  /** Without the controls that the collector sends. */
  readonly plain: boolean;
  /** A whole collection instead of one search. */
  readonly whole: boolean;
};

/** What a reader did. `values` is 0 where it did not look at each. */
export type Reading = {
  readonly objects: number;
  readonly values: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakRssMb: number;
};
