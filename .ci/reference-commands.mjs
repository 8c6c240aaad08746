// The commands as `--help` tells them, and the keys of the configuration as its schema tells them.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { anchorOf, cell, code, fence, page, table } from './markdown.mjs';

const run = promisify(execFile);

/** Every command with its help: [{ name, about, help }], subcommands after their parent. */
export async function readCommands(root) {
  const help = async words => {
    const env = { ...process.env, NO_COLOR: '1' };
    delete env.COLUMNS;
    const main = join(root, 'src', 'cli', 'main.ts');
    return (await run(process.execPath, ['--no-warnings', main, ...words, '--help'], { cwd: root, env })).stdout;
  };
  const below = async (words, text) => {
    const listed = /\nCommands:\n([\s\S]*)$/.exec(text)?.[1] ?? '';
    const names = [...listed.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name).filter(name => name !== 'help');
    const found = await Promise.all(
      names.map(async name => {
        const own = await help([...words, name]);
        const about = /\n\n([\s\S]*?)\n\n/.exec(own)?.[1]?.replace(/\s+/g, ' ') ?? '';
        return [{ name: [...words, name].join(' '), about, help: own }, ...(await below([...words, name], own))];
      }),
    );
    return found.flat();
  };
  return below([], await help([]));
}

/** docs/reference/commands.md. */
export function commandsPage(commands) {
  return page('src/cli/', [
    '# Commands',
    'Exit codes are the same for every command: see [exit codes](../exit-codes.md). Everything for people goes to stderr, everything for programs to stdout or into files. `NO_COLOR` switches colours off.',
    commandsTable(commands, ''),
    ...commands.flatMap(({ name, help }) => [`## ${name}`, fence(help, 'text')]),
  ]);
}

/** The table of commands; `to` is the path of the page that explains them. */
export function commandsTable(commands, to) {
  return table(
    ['command', 'what it does'],
    commands.map(({ name, about }) => [`[${code(name)}](${to}#${anchorOf(name)})`, cell(about)]),
  );
}

/** The table of the configuration's keys, and one of the kinds of sign-in. */
export function configurationTables(root) {
  const schema = JSON.parse(readFileSync(join(root, 'schemas', 'config.schema.json'), 'utf8'));
  const resolve = node => {
    if (node.$ref === undefined) return node;
    return { ...schema.$defs[node.$ref.replace('#/$defs/', '')], ...node, $ref: undefined };
  };
  const rows = [];
  const walk = (properties, prefix, required) => {
    for (const [name, raw] of Object.entries(properties)) {
      const node = resolve(raw);
      const key = `${prefix}${name}`;
      rows.push([code(key), typeOf(node), required.includes(name) ? 'yes' : '', cell(node.description ?? '')]);
      if (node.discriminator || raw.$ref === '#/$defs/secret') continue;
      if (node.properties) walk(node.properties, `${key}.`, node.required ?? []);
      const items = node.items ? resolve(node.items) : undefined;
      if (items?.properties) walk(items.properties, `${key}[].`, items.required ?? []);
    }
  };
  walk(schema.properties, '', []);
  const kinds = schema.$defs.auth.oneOf.map(({ properties, required = [] }) => [
    code(properties.kind.const),
    Object.entries(properties)
      .filter(([name]) => name !== 'kind')
      .map(
        ([name, raw]) =>
          `${code(name)}${required.includes(name) ? '' : ' (optional)'}: ${cell(resolve(raw).description ?? '')}`,
      )
      .join('<br>'),
  ]);
  return [
    table(['key', 'value', 'required', 'meaning'], rows),
    '`graph.auth` takes one of these kinds:',
    table(['kind', 'further keys'], kinds),
  ].join('\n\n');
}

function typeOf(node) {
  if (node.enum) return node.enum.length > 8 ? 'a name' : node.enum.map(code).join(', ');
  const types = [node.type].flat();
  return types
    .map(
      type =>
        ({ object: 'mapping', array: 'list', string: 'text', integer: 'whole number', boolean: 'true or false' })[
          type
        ] ?? type,
    )
    .join(' or ');
}
