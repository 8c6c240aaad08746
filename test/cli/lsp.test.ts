import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAIN } from './built.ts';
import { policyText } from './run.ts';

type Range = {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
};
type Diagnostic = {
  readonly range: Range;
  readonly severity: number;
  readonly code: string;
  readonly message: string;
};
type Item = {
  readonly label: string;
  readonly detail: string;
  readonly textEdit: { readonly range: Range; readonly newText: string };
};
type Received = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly uri: string; readonly diagnostics: readonly Diagnostic[] };
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
};

/** An editor as far as the protocol goes. */
class Editor {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly #received: Received[] = [];
  readonly #listeners: (() => void)[] = [];
  #held = Buffer.alloc(0);
  #id = 0;
  stderr = '';

  constructor() {
    this.process = spawn(process.execPath, ['--no-warnings', MAIN, 'lsp', '--stdio'], { stdio: 'pipe' });
    this.ended = new Promise(resolve => this.process.on('close', resolve));
    this.process.stderr?.on('data', text => {
      this.stderr += String(text);
    });
    this.process.stdout?.on('data', piece => {
      this.#held = Buffer.concat([this.#held, piece]);
      for (;;) {
        const [header, length] = /^Content-Length: (\d+)\r\n\r\n/.exec(this.#held.toString('latin1')) ?? [];
        if (header === undefined || this.#held.length < header.length + Number(length)) break;
        const end = header.length + Number(length);
        this.#received.push(JSON.parse(this.#held.toString('utf8', header.length, end)));
        this.#held = this.#held.subarray(end);
      }
      for (const listener of this.#listeners.splice(0)) listener();
    });
  }

  raw(bytes: Buffer): void {
    this.process.stdin?.write(bytes);
  }

  send(message: object): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.raw(Buffer.from(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`));
  }

  async next(wanted: (message: Received) => boolean): Promise<Received> {
    for (;;) {
      const at = this.#received.findIndex(wanted);
      const [found] = at < 0 ? [] : this.#received.splice(at, 1);
      if (found !== undefined) return found;
      await new Promise<void>(resolve => this.#listeners.push(resolve));
    }
  }

  ask(method: string, params: object = {}): Promise<Received> {
    const id = ++this.#id;
    this.send({ id, method, params });
    return this.next(message => message.id === id);
  }

  async diagnostics(uri: string): Promise<readonly Diagnostic[]> {
    const { params } = await this.next(
      ({ method, params: of }) => method === 'textDocument/publishDiagnostics' && of?.uri === uri,
    );
    return params?.diagnostics ?? [];
  }

  async open(uri: string, text: string): Promise<readonly Diagnostic[]> {
    const textDocument = { uri, languageId: 'yaml', version: 1, text };
    this.send({ method: 'textDocument/didOpen', params: { textDocument } });
    return this.diagnostics(uri);
  }

  async change(uri: string, text: string): Promise<readonly Diagnostic[]> {
    const params = { textDocument: { uri, version: 2 }, contentChanges: [{ text }] };
    this.send({ method: 'textDocument/didChange', params });
    return this.diagnostics(uri);
  }
}

const uri = 'file:///project/policies/twins.yaml';
const params = 'params:\n  most-objects: { type: int, default: 3, description: How many objects a group may have }\n';
const policy = policyText('twins', 'group-has-twin', params).replace(
  'expect: group.writtenBack',
  "expect: group.writtenBack && group.objects < params.mostObjects && group.kind == 'security'",
);

let editor: Editor;
beforeEach(async () => {
  editor = new Editor();
  await editor.ask('initialize', { capabilities: {} });
  editor.send({ method: 'initialized', params: {} });
});
afterEach(() => {
  editor.process.kill();
});

/** The place of a mark ¦ in a text, and the text without it. */
function marked(text: string) {
  const before = text.slice(0, text.indexOf('¦')).split('\n');
  const position = { line: before.length - 1, character: (before.at(-1) ?? '').length };
  return { text: text.replace('¦', ''), position };
}

async function completed(text: string): Promise<readonly Item[]> {
  const { text: whole, position } = marked(text);
  await editor.open(uri, whole);
  const { result } = await editor.ask('textDocument/completion', { textDocument: { uri }, position });
  return (result as { readonly items: readonly Item[] }).items;
}

const labels = async (text: string) => (await completed(text)).map(({ label }) => label);

async function hovered(text: string): Promise<string | undefined> {
  const { text: whole, position } = marked(text);
  await editor.open(uri, whole);
  const { result } = await editor.ask('textDocument/hover', { textDocument: { uri }, position });
  return (result as { readonly contents: { readonly value: string } } | null)?.contents.value;
}

test('mistakes and warnings of the unsaved text come at their place, in UTF-16 units, and go when they are mended', async () => {
  const wrong = policy
    .replace('group.writtenBack &&', 'group.label != "🚀🚀" && group.writenBack &&')
    .replace('has no twin', 'has no {group.label}');
  const [mistake] = await editor.open(uri, wrong);
  const line = wrong.split('\n').findIndex(each => each.includes('writenBack'));
  const character = (wrong.split('\n')[line] ?? '').indexOf('writenBack');
  expect(mistake).toEqual({
    range: { start: { line, character }, end: { line, character: character + 'writenBack'.length } },
    severity: 1,
    code: 'unknown-field',
    source: 'tallystick',
    message: expect.stringContaining('did you mean group.writtenBack?'),
  });
  const warned = await editor.change(uri, wrong.replace('writenBack', 'writtenBack'));
  expect(warned.map(({ severity, code }) => `${severity} ${code}`)).toEqual(['2 single-brace']);
  expect(await editor.change(uri, policy)).toEqual([]);
  expect((await editor.change(uri, 'policy: [')).length).toBe(1);
  editor.send({ method: 'textDocument/didClose', params: { textDocument: { uri } } });
  expect(await editor.diagnostics(uri)).toEqual([]);
});

test('YAML that is no policy is left alone', async () => {
  expect(await editor.open('file:///project/compose.yaml', 'services: {}\nservices: {}\n')).toEqual([]);
  expect(await editor.open('file:///project/twins.test.yaml', 'policy: x\n')).toEqual([]);
});

test('completion of fields by population and prefix, which replaces the whole path', async () => {
  const found = await completed(policy.replace('group.objects <', 'group.obj¦ <'));
  expect(found.map(({ label }) => label)).toContain('group.objects');
  for (const { label } of found) expect(label.startsWith('group.obj')).toBe(true);
  expect(found[0]?.detail).toMatch(/int/);
  const { range } = found[0]?.textEdit ?? { range: undefined };
  expect((range?.end.character ?? 0) - (range?.start.character ?? 0)).toBe('group.obj'.length);
  const other = policy.replace('over: groups', 'over: grants').replace('group.writtenBack &&', '¦');
  expect(await labels(other)).toContain('grant.bySyncIdentity');
  expect(await labels(other)).not.toContain('group.writtenBack');
});

test('completion of parameters, functions, values, and in {{ }} but not beside them', async () => {
  expect(await labels(policy.replace('params.mostObjects', 'params.¦'))).toEqual(['params.mostObjects']);
  expect(await labels(policy.replace("== 'security'", "== '¦'"))).toEqual(
    expect.arrayContaining(['security', 'microsoft365']),
  );
  expect(await labels(policy.replace("group.kind == 'security'", 'group.label.star¦'))).toEqual(['startsWith']);
  expect(await labels(policy.replace('{{group.label}}', '{{group.lab¦}}'))).toEqual(['group.label']);
  expect(await labels(policy.replace('has no twin', 'group.lab¦'))).toEqual([]);
});

test('completion of keys that are not there yet, of populations and of closed sets, in text that is no YAML yet', async () => {
  const keys = await labels(policy.replace('    severity: high', '    ¦'));
  expect(keys).toEqual(expect.arrayContaining(['severity', 'when', 'references']));
  expect(keys).not.toContain('expect');
  expect(await labels(policy.replace('severity: high', 'severity: ¦'))).toEqual(
    expect.arrayContaining(['critical', 'high', 'info']),
  );
  expect(await labels(policy.replace('over: groups', 'over: mem¦'))).toContain('memberships');
  expect(await labels(policy.replace('[connect-v1, connect-v2, cloud-sync]', '[cl¦'))).toEqual(['cloud-sync']);
  expect(await labels('pol¦')).toEqual(['policy']);
});

test('hover tells type, meaning, facet and rights of fields, and explains functions, parameters, populations and keys', async () => {
  const field = await hovered(policy.replace('group.objects <', 'group.obj¦ects <'));
  expect(field).toMatch(/^`group\.objects` \(int/);
  expect(field).toMatch(/Facet `ad\.\w+`, needs: \w/);
  expect(await hovered(policy.replace('params.mostObjects', 'params.most¦Objects'))).toMatch(
    /^`params\.mostObjects` \(int\)\n\nHow many objects/,
  );
  expect(await hovered(policy.replace('group.writtenBack', 'ha¦s(group.ad)'))).toContain('`has(path) → bool`');
  expect(await hovered(policy.replace('over: groups', 'over: gro¦ups'))).toMatch(/^`groups` \(\d+ fields\)/);
  expect(await hovered(policy.replace('    severity', '    seve¦rity'))).toMatch(/^`severity`\n\ncritical, high/);
  expect(await hovered(policy.replace('Every security', 'Every secu¦rity'))).toBeUndefined();
});

test('what is not the protocol is refused, and the server lives on', async () => {
  expect((await editor.ask('textDocument/rename')).error?.code).toBe(-32601);
  expect((await editor.ask('constructor')).error?.code).toBe(-32601);
  editor.raw(Buffer.from('Content-Length: 1\r\n\r\n{'));
  expect((await editor.next(({ error }) => error?.code === -32700)).id).toBeNull();
  editor.send({ method: '$/whatever' });
  editor.send({ method: 'textDocument/didOpen', params: null });
  const nowhere = { textDocument: { uri: 'file:///none' }, position: { line: 1e9, character: -4 } };
  expect(await editor.ask('textDocument/hover', nowhere)).toMatchObject({ result: null });
  expect(await editor.open(uri, policy)).toEqual([]);
  expect(editor.stderr).toBe('');
});

test('a message beyond every bound ends the server with one line and exit code 2', async () => {
  editor.raw(Buffer.from('Content-Length: 999999999\r\n\r\n'));
  expect(await editor.ended).toBe(2);
  expect(editor.stderr).toBe('tallystick: a message has 999999999 bytes; the connection is closed\n');
});

test('shutdown and exit are 0, exit alone is 1, and messages in pieces are put together', async () => {
  const text = JSON.stringify({ jsonrpc: '2.0', id: 'last', method: 'shutdown' });
  for (const byte of Buffer.from(`Content-Length: ${text.length}\r\nContent-Type: x\r\n\r\n${text}`))
    editor.raw(Buffer.from([byte]));
  expect(await editor.next(({ id }) => String(id) === 'last')).toMatchObject({ result: null });
  editor.send({ method: 'exit' });
  expect(await editor.ended).toBe(0);
  const rude = new Editor();
  rude.send({ method: 'exit' });
  expect(await rude.ended).toBe(1);
});

test('half-written policies, anywhere cut and anywhere asked, are answered', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(policy.length), fc.nat(40), fc.nat(90), async (cut, line, character) => {
      await editor.open(uri, policy.slice(0, cut));
      const at = { textDocument: { uri }, position: { line, character } };
      const answers = [await editor.ask('textDocument/completion', at), await editor.ask('textDocument/hover', at)];
      for (const { error } of answers) expect(error).toBeUndefined();
    }),
    { numRuns: 40 },
  );
  expect(editor.stderr).toBe('');
});
