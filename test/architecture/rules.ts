import { dirname, posix } from 'node:path';
import { type Import, readSource, type Source } from './source.ts';

/** A breach of a house rule; `remedy` says what to do instead. */
export type Breach = {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly what: string;
  readonly remedy: string;
};

type Room = {
  readonly job: string;
  /** Rooms whose face it may import. */
  readonly imports: readonly string[];
  /** Rooms from which only types may come. */
  readonly types?: readonly string[];
};

/**
 * The rooms of src/ and what each is made of. Add a room here; everything that is not listed is forbidden.
 * `top` is src/audit.ts and src/index.ts.
 */
export const rooms: Readonly<Record<string, Room>> = {
  base: { job: 'words everyone uses', imports: [] },
  yaml: { job: 'YAML with positions', imports: ['base'] },
  config: { job: 'tallystick.yaml', imports: ['base', 'yaml'] },
  snapshot: { job: 'Parquet and DuckDB', imports: ['base'] },
  journal: { job: 'what an interrupted collection was answered', imports: ['base'] },
  declared: { job: 'declared facts to tables', imports: ['base', 'yaml', 'snapshot'] },
  'collect/ad': { job: 'LDAP to tables', imports: ['base', 'snapshot', 'journal'], types: ['config'] },
  'collect/graph': { job: 'Graph to tables', imports: ['base', 'snapshot', 'journal'], types: ['config'] },
  model: { job: 'fields and populations', imports: ['base', 'snapshot'] },
  populations: { job: 'populations that users write', imports: ['base', 'yaml', 'snapshot', 'model'] },
  policy: { job: 'policies to SQL', imports: ['base', 'yaml', 'model'] },
  evaluate: { job: 'verdicts', imports: ['base', 'yaml', 'snapshot', 'model', 'policy'] },
  findings: { job: 'results', imports: ['base', 'evaluate'], types: ['policy'] },
  report: { job: 'formats', imports: ['base', 'findings'] },
  evidence: { job: 'packs', imports: ['base', 'snapshot', 'findings', 'report'] },
  waivers: { job: 'approved exceptions', imports: ['base', 'yaml', 'policy', 'findings'], types: ['evaluate'] },
  reference: { job: 'pages about policies', imports: ['base', 'snapshot', 'model', 'policy'] },
  editor: { job: 'what an editor asks', imports: ['base', 'yaml', 'snapshot', 'model', 'policy'] },
  impact: { job: 'two results compared', imports: ['base', 'findings'] },
  drill: { job: 'injected faults', imports: ['base', 'snapshot', 'model', 'policy', 'evaluate'] },
  top: {
    job: 'the whole run; the face of the library',
    imports: [
      ...['base', 'yaml', 'config', 'snapshot', 'collect/ad', 'collect/graph', 'model', 'policy', 'evaluate'],
      ...['findings', 'report', 'evidence', 'waivers', 'impact', 'populations'],
    ],
  },
  cli: {
    job: 'argv, stdout, exit codes',
    imports: [
      ...['base', 'yaml', 'config', 'snapshot', 'journal', 'collect/ad', 'collect/graph', 'model', 'policy'],
      ...['evaluate', 'findings', 'report', 'evidence', 'waivers', 'declared', 'impact', 'drill', 'populations'],
      ...['reference', 'editor', 'top'],
    ],
  },
};

/** Who may touch what of the world: a module or package → rooms or files of src/. Anything `node:` that is not listed may only be used by cli. */
export const touches: Readonly<Record<string, readonly string[] | 'any'>> = {
  'node:path': 'any',
  'node:url': 'any',
  'node:util': 'any',
  'node:buffer': 'any',
  'node:events': 'any',
  'node:zlib': ['collect/graph', 'evidence', 'journal'],
  'node:crypto': ['base', 'snapshot', 'evidence', 'journal', 'collect/ad', 'collect/graph'],
  'node:os': ['snapshot'],
  'node:inspector/promises': ['snapshot'],
  'node:net': ['collect/ad', 'collect/graph'],
  'node:tls': ['collect/ad', 'collect/graph'],
  'node:timers': ['collect/ad', 'collect/graph'],
  'node:fs': [
    ...['snapshot', 'journal', 'config', 'evidence', 'yaml/file.ts', 'model/relation.ts'],
    // Where policies are found; and some that read only the schemas that come with the package.
    ...[
      'policy/files.ts',
      'policy/policy-file.ts',
      'populations/header.ts',
      'evaluate/cases/case-file.ts',
      'waivers/load.ts',
      'declared/load.ts',
    ],
  ],
  '@duckdb': ['snapshot'],
  ldapts: ['collect/ad'],
  undici: ['collect/graph'],
  '@azure/identity': ['collect/graph'],
  '@microsoft/microsoft-graph-client': ['collect/graph'],
  'js-yaml': ['yaml'],
  '@marcbachmann/cel-js': ['policy'],
  '@bufbuild/re2': ['policy'],
  yazl: ['evidence'],
  yauzl: ['evidence'],
  sarif: ['report'],
  commander: [],
};

const VAGUE = /^(utils?|helpers?|common|misc|types?|libs?)$/;

const forbiddenWords = [
  {
    rule: 'process',
    pattern: /(?<![.\w$])(process|console)\s*(\.|\[)/g,
    allowed: ['cli'],
    remedy: 'take what you need as an argument; only src/cli talks to the process',
  },
  {
    rule: 'clock',
    pattern:
      /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(\(\s*\)|(?![\w\s(]))|(?<![.\w])Date\s*\(\s*\)|\bperformance\s*\.\s*\w+/g,
    allowed: ['cli', 'collect/ad', 'collect/graph'],
    remedy: 'take the instant as an argument (asOf, now): equal input gives equal bytes on any day',
  },
  {
    rule: 'randomness',
    pattern: /\bMath\s*\.\s*random\b|\brandom(UUID|Bytes|Int|FillSync)\b|\bgetRandomValues\b/g,
    allowed: ['cli', 'collect/ad', 'collect/graph'],
    remedy:
      'take chance as an argument, or derive the value by a digest; keys are made by generateKeyPairSync in evidence/key.ts',
  },
  {
    rule: 'randomness',
    pattern: /\bgenerateKey(Pair)?(Sync)?\b/g,
    allowed: ['cli', 'evidence/key.ts'],
    remedy: 'make keys in evidence/key.ts',
  },
  {
    rule: 'default-export',
    pattern: /\bexport\s+default\b|\bexport\s*\{[^}]*\bas\s+default\b/g,
    allowed: [],
    remedy: 'export it by its name',
  },
] as const;

/** Checks a source tree given as path relative to src/ → text; the breaches in order of file and line. */
export function breachesOf(files: ReadonlyMap<string, string>): Breach[] {
  const sources = new Map([...files].map(([file, text]) => [file, readSource(text)]));
  const known = new Set(files.keys());
  const breaches = [...sources].flatMap(([file, source]) => [
    ...nameBreaches(file),
    ...faceBreaches(file, source),
    ...source.imports.flatMap(one => importBreaches(file, one, known)),
    ...wordBreaches(file, source),
  ]);
  breaches.push(...cycles(sources));
  return breaches.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
}

/** A breach as one line for people. */
export function sayBreach({ rule, file, line, what, remedy }: Breach): string {
  return `src/${file}:${line} [${rule}] ${what}. Remedy: ${remedy}.`;
}

/** The room of a file: its folder, below collect/ the folder there; `top` for the files of src/ itself. */
export function roomOf(file: string): string {
  const [first = '', second = '', third] = file.split('/');
  if (second === '') return 'top';
  return first === 'collect' && third !== undefined ? `${first}/${second}` : first;
}

function nameBreaches(file: string): Breach[] {
  const vague = file.split('/').find(part => VAGUE.test(part.replace(/\..*$/, '')));
  const own = rooms[roomOf(file)];
  return [
    ...(vague === undefined
      ? []
      : [{ rule: 'vague-name', file, line: 1, what: `${vague} says nothing`, remedy: 'name it after what it holds' }]),
    ...(own
      ? []
      : [
          {
            rule: 'unknown-room',
            file,
            line: 1,
            what: `${roomOf(file)} is no room`,
            remedy: 'put the file into a room, or add the room to the table in test/architecture/rules.ts',
          },
        ]),
  ];
}

function faceBreaches(file: string, { code }: Source): Breach[] {
  // The model's face is its table of populations, the reports' that of formats: adding one is one line there.
  const tables = ['model/index.ts', 'report/index.ts'];
  if (!/^[^/]+(\/(ad|graph|expression))?\/index\.ts$|^index\.ts$/.test(file) || tables.includes(file)) return [];
  const rest = code.replaceAll(/\bexport\s+(type\s+)?(\*(\s+as\s+\w+)?|\{[^}]*\})\s*from\s*'\s*';?/g, '').trim();
  if (rest === '') return [];
  const remedy = 'move the code into a file of its own and re-export it';
  return [{ rule: 'face', file, line: 1, what: 'an index.ts holds more than re-exports', remedy }];
}

function importBreaches(file: string, { specifier, line, typesOnly }: Import, known: ReadonlySet<string>): Breach[] {
  const breach = (rule: string, what: string, remedy: string): Breach[] => [{ rule, file, line, what, remedy }];
  if (specifier === '')
    return breach('computed-import', 'imports something computed', 'name the module, so that this test can see it');
  if (!specifier.startsWith('.')) return worldBreaches(file, specifier, breach);
  const target = posix.join(posix.dirname(file), specifier);
  if (!known.has(target) && !/\.(sql|generated\.js)$/.test(target))
    return breach(
      'missing',
      `imports ${specifier}, which does not exist`,
      'write relative imports with their .ts ending',
    );
  const [own, other] = [roomOf(file), roomOf(target)];
  if (own === other) return [];
  const room = rooms[own];
  const allowed = room?.imports.includes(other) || (typesOnly && room?.types?.includes(other));
  if (!allowed) {
    const may =
      [...(room?.imports ?? []), ...(room?.types ?? []).map(name => `types of ${name}`)].join(', ') || 'nothing';
    const remedy = `${own} may import ${may}; pass the value in, or move what both need down into a room that both may import`;
    return breach('room', `${own} imports ${other} (${specifier})`, remedy);
  }
  if (other !== 'top' && target !== `${other}/index.ts`)
    return breach(
      'face',
      `imports ${specifier}`,
      `import ${other}/index.ts, and export the name there if it is missing`,
    );
  return [];
}

function worldBreaches(
  file: string,
  specifier: string,
  breach: (rule: string, what: string, remedy: string) => Breach[],
): Breach[] {
  if (roomOf(file) === 'cli' && !specifier.startsWith('@duckdb')) return [];
  const name = Object.keys(touches).find(key => specifier === key || specifier.startsWith(`${key}/`));
  const users = name === undefined ? [] : (touches[name] ?? []);
  if (users === 'any' || users.includes(roomOf(file)) || users.includes(file)) return [];
  const may = users.length === 0 ? 'src/cli only' : users.join(', ');
  return breach(
    'world',
    `imports ${specifier}`,
    `it is for ${may}; let that room do it, or add the file to \`touches\` with a reason`,
  );
}

function wordBreaches(file: string, { code }: Source): Breach[] {
  return forbiddenWords.flatMap(({ rule, pattern, allowed, remedy }) => {
    const places: readonly string[] = allowed;
    if (places.includes(roomOf(file)) || places.includes(file)) return [];
    return [...code.matchAll(pattern)].map(match => ({
      rule,
      file,
      line: code.slice(0, match.index).split('\n').length,
      what: `uses ${match[0].trim()}`,
      remedy,
    }));
  });
}

/** Rooms that import each other in a circle, types included: neither could be understood without the other. */
function cycles(sources: ReadonlyMap<string, Source>): Breach[] {
  const edges = new Map<string, Map<string, { file: string; line: number }>>();
  for (const [file, { imports }] of sources)
    for (const { specifier, line } of imports.filter(one => one.specifier.startsWith('.'))) {
      const [from, to] = [roomOf(file), roomOf(posix.join(dirname(file), specifier))];
      if (from === to) continue;
      const own = edges.get(from) ?? new Map();
      if (!own.has(to)) own.set(to, { file, line });
      edges.set(from, own);
    }
  const found: Breach[] = [];
  const done = new Set<string>();
  const visit = (room: string, path: readonly string[]): void => {
    const at = path.indexOf(room);
    if (at >= 0) {
      const circle = [...path.slice(at), room];
      const last = path.at(-1) ?? room;
      const where = edges.get(last)?.get(room) ?? { file: room, line: 1 };
      const remedy = 'move what both need into a room below them';
      found.push({ rule: 'cycle', ...where, what: `rooms import each other: ${circle.join(' → ')}`, remedy });
      return;
    }
    if (done.has(room)) return;
    for (const next of edges.get(room)?.keys() ?? []) visit(next, [...path, room]);
    done.add(room);
  };
  for (const room of edges.keys()) visit(room, []);
  return found;
}
