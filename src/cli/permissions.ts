import { AuditError, exitCodes } from '../base/index.ts';
import { type RightNeed, rightsNeeded } from '../evaluate/index.ts';
import { type Right, rights, type Source } from '../snapshot/index.ts';
import { type GrantTool, grantWriters } from './grants.ts';
import { sections, wrap } from './layout.ts';
import { type Command, type CommonOptions, configOf } from './options.ts';
import { type PolicyOptions, policiesFor } from './policies.ts';
import { deliver, disarm } from './terminal.ts';

/** Options of `permissions`. */
export type PermissionsOptions = CommonOptions &
  PolicyOptions & { readonly json?: boolean; readonly commands?: GrantTool };

/** `permissions`: the least rights that the policies need, and how to grant them; reads no source. */
export const permissions: Command<PermissionsOptions> = async options => {
  const config = configOf(options);
  const { compiled, model } = await policiesFor(options, config, Date.now());
  if (compiled.size === 0) throw new AuditError('unjudged', 'there is no policy, so no right is needed');
  const needs = rightsNeeded(compiled.values(), config.flavours, model);
  const names = needs.map(({ right }) => right);
  const written = (tool: GrantTool) => disarm(grantWriters[tool](names, config));
  if (options.json === true) await deliver(`${JSON.stringify(machineReadable(needs), undefined, 2)}\n`);
  else if (options.commands !== undefined) await deliver(written(options.commands));
  else
    await deliver(
      sections([
        wrap(`The least rights with which ${compiled.size} invariants can be judged in full.`),
        aboutSource(needs, 'graph', 'Microsoft Graph, application permissions'),
        aboutSource(needs, 'ad', 'Active Directory, as an ordinary domain user'),
        wrap('To grant them: tallystick permissions --commands powershell (or azure-cli, dsacls)'),
      ]),
    );
  return exitCodes.clean;
};

function aboutSource(needs: readonly RightNeed[], source: Source, title: string): string {
  const own = needs.filter(({ right }) => rights[right].source === source);
  const lines = own.flatMap(({ right, facets }) => {
    const { name, about, delegatedOnly }: Right = rights[right];
    const limit = delegatedOnly ? ' (delegated only: no application can read it; see acceptUnknown)' : '';
    return [
      wrap(`  ${name}${limit}`),
      wrap(`    ${about}`),
      ...facets.map(({ facet, invariants }) => wrap(`    ${facet}: ${invariants.join(', ')}`, 6)),
    ];
  });
  return [title, ...(lines.length > 0 ? lines : ['  nothing'])].join('\n');
}

function machineReadable(needs: readonly RightNeed[]) {
  const list = (source: Source) =>
    needs.flatMap(({ right, facets }) => {
      const { source: own, name, about, appRole, includedIn, delegatedOnly }: Right = rights[right];
      if (own !== source) return [];
      const graph = { appRoleId: appRole ?? null, includedIn: includedIn ?? [], delegatedOnly: delegatedOnly ?? false };
      return [{ name, about, ...(source === 'graph' ? graph : {}), facets }];
    });
  return { graph: list('graph'), ad: list('ad') };
}
