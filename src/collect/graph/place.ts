import { AuditError } from '../../base/index.ts';
import type { Cloud, GraphSource } from '../../config/index.ts';

/** Origins of Graph and of the token authority, without a trailing slash. */
export type Place = { readonly graph: string; readonly authority: string };

/** Microsoft's national clouds (learn.microsoft.com/graph/deployments). */
const clouds: Readonly<Record<Cloud, Place>> = {
  global: { graph: 'https://graph.microsoft.com', authority: 'https://login.microsoftonline.com' },
  usgov: { graph: 'https://graph.microsoft.us', authority: 'https://login.microsoftonline.us' },
  'usgov-dod': { graph: 'https://dod-graph.microsoft.us', authority: 'https://login.microsoftonline.us' },
  china: { graph: 'https://microsoftgraph.chinacloudapi.cn', authority: 'https://login.chinacloudapi.cn' },
};

/** Where to read and where to sign in. Throws an input error when an override is not an https origin. */
export function placeOf(source: GraphSource): Place {
  const known = clouds[source.cloud];
  return {
    graph: source.endpoint === undefined ? known.graph : originOf(source.endpoint, 'graph.endpoint'),
    authority: source.authority === undefined ? known.authority : originOf(source.authority, 'graph.authority'),
  };
}

function originOf(text: string, setting: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
    throw new AuditError('input', `${setting} must be an https origin such as https://graph.microsoft.com`);
  return url.origin;
}
