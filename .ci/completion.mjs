// What can be named in expressions, for editors and tools that are no language servers: schemas/completion.json.
import { populations } from '../src/model/index.ts';
import { functions } from '../src/policy/index.ts';
import { rightsText } from '../src/snapshot/index.ts';

/** The text of schemas/completion.json. */
export function completionData() {
  const about = Object.values(populations).map(({ name, about, fields, objects }) => ({
    name,
    about,
    fields: fields.map(({ path, type, nullable, about: what, facet, values }) => ({
      ...{ path, type, nullable, about: what, facet, rights: facet === '' ? '' : rightsText(facet) },
      ...(values === undefined ? {} : { values }),
    })),
    objects: objects.map(({ path, about: what, facet }) => ({ path, about: what, facet })),
  }));
  return `${JSON.stringify({ format: 'tallystick/completion/v1', populations: about, functions }, undefined, 2)}\n`;
}
