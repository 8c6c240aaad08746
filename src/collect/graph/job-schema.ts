import { canonicalJson, type Json } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import { badAnswer } from './failure.ts';
import type { JobsRead } from './found-job.ts';
import { type Item, isItem, itemsOf } from './item.ts';
import { readPerJob } from './per-job.ts';
import type { Desk } from './reading.ts';

/** What a schema says of its job. */
type Mapped = Pick<Row<'cloud_job'>, 'target_container' | 'cn_expression' | 'scope_filter'>;

const LONGEST = 65_536;

/** Reads `cloud.jobSchema`: the mappings of each job; resolves to what belongs into the job's own row. */
export function readSchemas(desk: Desk, found: JobsRead): Promise<ReadonlyMap<string, Mapped>> {
  return readPerJob(desk, found, {
    facet: 'cloud.jobSchema',
    request: 'GET /v1.0/servicePrincipals/{id}/synchronization/jobs/{id}/schema',
    read: async ({ job, url }, tally) => {
      const check = (json: unknown) => void rowsOf(objectMappings(json), job.id);
      const mappings = objectMappings(await desk.port.get(`${url}/schema`, { tally, check }));
      tally.pages++;
      await desk.recorder.add('cloud_job_mapping', rowsOf(mappings, job.id));
      return mappedBy(mappings);
    },
  });
}

type ObjectMapping = { readonly rule: number; readonly object: string; readonly mapping: Item };

function objectMappings(json: unknown): readonly ObjectMapping[] {
  if (!isItem(json)) throw badAnswer('a schema that is no object');
  return itemsOf(json.synchronizationRules, 'synchronizationRules').flatMap((each, rule) =>
    listOf(each.objectMappings).map(mapping => ({ rule, object: String(mapping.targetObjectName ?? ''), mapping })),
  );
}

function rowsOf(mappings: readonly ObjectMapping[], job: string): readonly Row<'cloud_job_mapping'>[] {
  const seen = new Set<string>();
  return mappings.flatMap(({ rule, object, mapping }) =>
    listOf(mapping.attributeMappings).map(each => {
      const target = shortText(each.targetAttributeName);
      const key = JSON.stringify([rule, object, target]);
      if (target === null || seen.has(key)) throw badAnswer('an attribute that has no name, or is mapped twice');
      seen.add(key);
      const source = isItem(each.source) ? each.source : {};
      return {
        job_id: job,
        rule,
        object: object.slice(0, 256),
        target: target.slice(0, 256),
        source: source.type === 'Constant' ? constantOf(source) : expressionOf(source),
        flow_type: shortText(each.flowType),
        constant: source.type === 'Constant',
      };
    }),
  );
}

/** Where groups are created, how they are named and which are taken: from the mapping whose target is a group. */
function mappedBy(mappings: readonly ObjectMapping[]): Mapped {
  const group = mappings.find(({ object }) => /group/i.test(object))?.mapping;
  const attributes = listOf(group?.attributeMappings);
  const source = (target: string): Item => {
    const mapping = attributes.find(({ targetAttributeName: name }) => String(name ?? '').toLowerCase() === target);
    return isItem(mapping?.source) ? mapping.source : {};
  };
  const container = source('parentdistinguishedname');
  const scope = group?.scope;
  return {
    target_container: container.type === 'Constant' ? constantOf(container) : null,
    cn_expression: expressionOf(source('cn')),
    scope_filter: isItem(scope) ? canonicalJson(scope as Json) : null,
  };
}

function listOf(value: unknown): readonly Item[] {
  return Array.isArray(value) ? value.filter(isItem) : [];
}

function shortText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST ? value : null;
}

/** A constant carries its value as its name, and again as a quoted expression. */
function constantOf(source: Item): string | null {
  return shortText(source.name) ?? shortText(source.expression)?.replace(/^"(.*)"$/s, '$1') ?? null;
}

function expressionOf(source: Item): string | null {
  const name = shortText(source.name);
  return shortText(source.expression) ?? (name === null ? null : `[${name}]`);
}
