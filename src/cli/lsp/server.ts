import { type Problem, reasonOf } from '../../base/index.ts';
import { complete, explain, keysOf, type Name, type Place } from '../../editor/index.ts';
import { model } from '../../model/index.ts';
import { checkPolicyText } from '../../policy/index.ts';
import type { Message } from './wire.ts';

/** What the server needs of the process. */
export type Surroundings = {
  readonly send: (message: object) => void;
  readonly version: string;
  /** schemas/policy.schema.json. */
  readonly schema: unknown;
  readonly now: () => number;
};

const ERRORS = { parse: -32700, request: -32600, method: -32601, internal: -32603, uninitialized: -32002 } as const;
// Both numbers are the protocol's.
const KINDS = { field: 5, object: 9, parameter: 6, function: 3, population: 7, key: 10, value: 12 } as const;

const MOST_DOCUMENTS = 200;
// Typing is faster than anybody reads: the check waits for a pause.
const PAUSE_MS = 50;

/** Answers an editor, message by message; `ended` becomes the exit code when it said goodbye. */
export class Server {
  readonly #around: Surroundings;
  readonly #keys: ReturnType<typeof keysOf>;
  readonly #texts = new Map<string, string>();
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  #state: 'new' | 'ready' | 'shut' = 'new';
  ended: number | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#keys = keysOf(around.schema);
  }

  /** Takes the text of one message. Never throws. */
  receive(text: string): void {
    const message = parsed(text);
    if (message === undefined) this.#refuse(null, ERRORS.parse, 'this is no JSON-RPC message');
    else if (message.id === undefined) this.#notified(message.method ?? '', message.params);
    // Else it answers a request, and none was made.
    else if (message.method !== undefined) this.#requested(message.id, message.method, message.params);
  }

  /** Nothing more will be sent. */
  close(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  initialize(): object {
    this.#state = 'ready';
    return {
      capabilities: {
        positionEncoding: 'utf-16',
        textDocumentSync: { openClose: true, change: 1 },
        hoverProvider: true,
        completionProvider: { triggerCharacters: ['.', '"', "'", '{'] },
      },
      serverInfo: { name: 'tallystick', version: this.#around.version },
    };
  }

  shutdown(): null {
    this.#state = 'shut';
    this.close();
    return null;
  }

  hover(params: unknown): object | null {
    const text = this.#texts.get(uriOf(params));
    const found = text === undefined ? undefined : explain(text, placeOf(params), this.#keys);
    if (found === undefined) return null;
    const { start, end, name } = found;
    return { range: { start, end }, contents: { kind: 'markdown', value: describe(name) } };
  }

  completion(params: unknown): object {
    const text = this.#texts.get(uriOf(params));
    if (text === undefined) return { isIncomplete: false, items: [] };
    const { start, end, names } = complete(text, placeOf(params), this.#keys);
    const items = names.map(each => ({
      label: each.name,
      kind: KINDS[each.kind],
      detail: each.detail,
      documentation: { kind: 'markdown', value: each.about },
      filterText: each.name,
      textEdit: { range: { start, end }, newText: each.name },
    }));
    return { isIncomplete: false, items };
  }

  #requested(id: Message['id'], method: string, params: unknown): void {
    const answer = Object.hasOwn(answers, method) ? answers[method] : undefined;
    if (this.#state === 'new' && method !== 'initialize')
      this.#refuse(id, ERRORS.uninitialized, 'initialize comes first');
    else if (this.#state === 'shut') this.#refuse(id, ERRORS.request, 'the server was shut down');
    else if (answer === undefined) this.#refuse(id, ERRORS.method, 'this is not supported');
    else {
      try {
        this.#around.send({ id, result: answer(this, params) });
      } catch (thrown) {
        this.#refuse(id, ERRORS.internal, reasonOf(thrown));
      }
    }
  }

  #notified(method: string, params: unknown): void {
    if (method === 'exit') this.ended = this.#state === 'shut' ? 0 : 1;
    if (this.#state !== 'ready') return;
    const uri = uriOf(params);
    if (method === 'textDocument/didOpen') this.#hold(uri, member(member(params, 'textDocument'), 'text'));
    else if (method === 'textDocument/didChange') {
      const changes = member(params, 'contentChanges');
      this.#hold(uri, member(Array.isArray(changes) ? changes.at(-1) : undefined, 'text'));
    } else if (method === 'textDocument/didClose') {
      this.#texts.delete(uri);
      clearTimeout(this.#waiting.get(uri));
      this.#waiting.delete(uri);
      this.#publish(uri, []);
    }
  }

  #hold(uri: string, text: unknown): void {
    if (typeof text !== 'string' || (this.#texts.size >= MOST_DOCUMENTS && !this.#texts.has(uri))) return;
    this.#texts.set(uri, text);
    clearTimeout(this.#waiting.get(uri));
    this.#waiting.set(
      uri,
      setTimeout(() => this.#check(uri), PAUSE_MS),
    );
  }

  #check(uri: string): void {
    this.#waiting.delete(uri);
    const text = this.#texts.get(uri) ?? '';
    try {
      const context = { model, asOf: this.#around.now() };
      this.#publish(uri, isPolicy(uri, text) ? checkPolicyText(text, nameOf(uri), context) : []);
    } catch (thrown) {
      const message = `this is a bug in tallystick, please report it: ${reasonOf(thrown)}`;
      this.#publish(uri, [{ code: 'bug', level: 'error', message }]);
    }
  }

  #publish(uri: string, problems: readonly Problem[]): void {
    const params = { uri, diagnostics: problems.map(diagnosticOf) };
    this.#around.send({ method: 'textDocument/publishDiagnostics', params });
  }

  #refuse(id: Message['id'], code: number, message: string): void {
    this.#around.send({ id, error: { code, message } });
  }
}

const answers: Readonly<Record<string, (server: Server, params: unknown) => unknown>> = {
  initialize: server => server.initialize(),
  shutdown: server => server.shutdown(),
  'textDocument/hover': (server, params) => server.hover(params),
  'textDocument/completion': (server, params) => server.completion(params),
};

function parsed(text: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const [id, method] = [member(value, 'id'), member(value, 'method')];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return {
      ...(typeof id === 'string' || typeof id === 'number' ? { id } : {}),
      ...(typeof method === 'string' ? { method } : {}),
      params: member(value, 'params'),
    };
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

function uriOf(params: unknown): string {
  return String(member(member(params, 'textDocument'), 'uri') ?? '');
}

function placeOf(params: unknown): Place {
  const position = member(params, 'position');
  const count = (name: string): number => {
    const value = member(position, name);
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
  };
  return { line: count('line'), character: count('character') };
}

/** Editors send any YAML: a policy has a top-level key of one, and lies not among tests, profiles and waivers. */
function isPolicy(uri: string, text: string): boolean {
  return !/\.test\.ya?ml$/.test(uri) && /^(policy|invariants)\s*:/m.test(text);
}

function nameOf(uri: string): string {
  const name = uri.slice(uri.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function diagnosticOf({ at, level, code, message, hint }: Problem): object {
  const { line, column, endLine = line, endColumn = column } = at ?? { line: 1, column: 1 };
  return {
    range: {
      start: { line: line - 1, character: column - 1 },
      end: { line: endLine - 1, character: endColumn - 1 },
    },
    severity: level === 'error' ? 1 : 2,
    code,
    source: 'tallystick',
    message: hint === undefined ? message : `${message}\n${hint}`,
  };
}

function describe({ name, detail, about }: Name): string {
  return `\`${name}\`${detail === '' ? '' : ` (${detail})`}\n\n${about}`.trim();
}
