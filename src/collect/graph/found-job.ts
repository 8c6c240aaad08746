import type { Row } from '../../snapshot/index.ts';

/** A job and where the rest of it is, without a trailing slash. */
export type FoundJob = {
  readonly job: Row<'cloud_job'>;
  readonly url: string;
  /** Of the service principal. */
  readonly principalUrl: string;
};

/** The jobs that were found, and whether these are all. */
export type JobsRead = { readonly jobs: readonly FoundJob[]; readonly complete: boolean };
