import { type Answer, refuse } from './call.ts';
import { parseFilter } from './filter.ts';
import { listWhole } from './lists.ts';
import type { Route, Stage } from './route.ts';

/** Which comparisons of instants a log takes, by its documentation. */
const orders = { provisioning: ['gt', 'lt'], directoryAudits: ['ge', 'le'] } as const;

type Log = keyof typeof orders;

function listLog(stage: Stage, log: Log): Answer {
  const { provisioningEvents, directoryAudits } = stage.store.tenant;
  const items: readonly object[] = (log === 'provisioning' ? provisioningEvents : directoryAudits) ?? [];
  const text = stage.call.query.get('$filter');
  const context = `auditLogs/${log}`;
  if (text === undefined) return listWhole(stage, context, items);
  try {
    const filter = parseFilter(text);
    const served: readonly string[] = orders[log];
    for (const operator of filter.operators)
      if (!served.includes(operator)) throw new SyntaxError(`Invalid filter clause: '${operator}' is not supported.`);
    const kept = items.filter(item => filter.test(item as Readonly<Record<string, unknown>>));
    return listWhole(stage, context, kept);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return refuse(stage.around, 400, 'BadRequest', error.message);
  }
}

/** The logs of the directory and of provisioning. */
export const logRoutes: readonly Route[] = [
  { path: 'auditLogs/provisioning', need: 'provisioningLog', cost: 1, handle: stage => listLog(stage, 'provisioning') },
  { path: 'auditLogs/directoryAudits', need: 'auditLog', cost: 1, handle: stage => listLog(stage, 'directoryAudits') },
];
