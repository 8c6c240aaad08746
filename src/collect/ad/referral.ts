import { isWithin, normalizeDn } from '../../base/index.ts';
import type { FacetName } from '../../snapshot/index.ts';

/** A continuation reference that was not followed, and the facets whose searches it cuts short. */
export type Referral = { readonly uri: string; readonly facets: readonly FacetName[] };

/** The DN that a reference leads to (`ldap://host/DN?attributes?scope`, RFC 4516); undefined when there is none to be read. */
export function targetOf(uri: string): string | undefined {
  const path = /^ldaps?:\/\/[^/]*\/([^?]*)/i.exec(uri)?.[1];
  try {
    return path === undefined ? undefined : decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** True unless a reference leads to a place below the base of a search: then it stands for an answer that was not given. */
export function isAstray(uri: string, base: string): boolean {
  const target = targetOf(uri);
  return target === undefined || !isWithin(target, base) || normalizeDn(target) === normalizeDn(base);
}
