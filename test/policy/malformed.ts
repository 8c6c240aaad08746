/** One malformed input: the files of a folder, and what is asked of the loader besides reading them. */
export type Malformed = {
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly profile?: string;
};

const head = (name: string) => `policy: ${name}\ntitle: A policy\ninvariants:\n`;

const invariant = (id: string, changes: Readonly<Record<string, string | undefined>> = {}) => {
  const fields: Readonly<Record<string, string | undefined>> = {
    title: 'What holds',
    flavours: '[connect-v1]',
    over: 'groups',
    expect: 'has(group.ad)',
    severity: 'high',
    message: '"{{group.label}}"',
    remediation: 'Ask.',
    ...changes,
  };
  const lines = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`    ${key}: ${value}\n`],
  );
  return `  - id: ${id}\n${lines.join('')}`;
};

const policy = (name: string, ...changes: Readonly<Record<string, string | undefined>>[]) =>
  head(name) + changes.map((change, index) => invariant(`${name}-${index + 1}`, change)).join('');

const one = (text: string | Uint8Array, name = 'one.yaml'): Malformed => ({ files: { [name]: text } });

const bytes = (...parts: (string | readonly number[])[]) =>
  Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...'bcdefghi'.split('').map((key, index) => {
    const previous = 'abcdefgh'[index];
    return `${key}: &${key} [${Array.from({ length: 9 }, () => `*${previous}`).join(', ')}]`;
  }),
].join('\n');

const parameters = `policy: one
title: A policy
params:
  limit: { type: int, default: many, description: A number }
  max-size: { type: int, default: 5, description: A number }
  maxSize: { type: int, default: 5, description: The same number in expressions }
  idle: { type: duration, default: 3 days, description: A duration }
  share: { type: flaot, default: 0.5, description: A share }
  unused: { type: bool, default: true, description: Nobody reads it }
invariants:
${invariant('one-1', { expect: 'group.memberCount < params.limt || group.memberCount < params.limit', when: 'params.share > 0.1' })}`;

/** Every kind of malformed input; the expected text of each is golden/<name>.txt. */
export const malformed: Readonly<Record<string, Malformed>> = {
  'unknown-key': one(policy('one', { severty: 'high', severity: undefined, 'x-note': 'hello' })),
  'duplicate-key': one(`${policy('one', {})}    severity: low\n    title: Twice\n`),
  'wrong-type': one(
    policy('one', {
      expect: 'true',
      flavours: 'connect-v1',
      controls: '{ nist-800-53: [AC-2], soc2: [6.1], cis-v8: [] }',
      references: '[http://example.com, {}]',
    }),
  ),
  'not-allowed': one(policy('one', { severity: 'hgih', flavours: '[connect-v3, cloud-sync, cloud-sync]' })),
  'missing-key': one(policy('one', { remediation: undefined, over: undefined })),
  'not-a-policy': one('- a\n- list\n'),
  'unknown-field': one(
    policy(
      'one',
      { when: 'has(group.add)', expect: 'group.ad.dm != ""' },
      { over: 'group' },
      { expect: 'user.name == ""', message: '"{{ group.lable }} is {{ group.mail"' },
    ),
  ),
  'cel-syntax': one(
    policy(
      'one',
      { expect: 'group.mail == ' },
      { expect: '"group.mail == \'a\' &&& true"' },
      { expect: '"[1, 2].map(x, x)"' },
    ),
  ),
  'cel-types': one(
    policy(
      'one',
      { expect: 'group.memberCount == "many" && group.label > 3' },
      { expect: 'group.mail.startsWith("a")' },
      { expect: 'group.label' },
      { expect: 'group.label.matches("(")' },
      { when: 'has(group.ad)', expect: 'group.ad.dn.startsWith("CN=") && group.ad.adminDescription.contains("x")' },
    ),
  ),
  'cel-positions': one(
    policy(
      'one',
      { expect: '>-\n      has(group.ad)\n      && group.lable == "x"' },
      { expect: '|\n      has(group.ad)\n        && group.lable == "x"\n' },
      { expect: "'group.mail == ''x'' || group.lable == ''y'''" },
      { expect: '"group.mail == \\"x\\u0041\\" ||\n      group.lable == \\"y\\""' },
      { expect: 'has(group.ad) ||\n      group.lable == "x"' },
    ),
  ),
  crlf: one(
    policy('one', { expect: 'has(group.ad) ||\n      group.lable == "x"', severity: 'hi' }).replaceAll('\n', '\r\n'),
  ),
  'byte-order-mark': one(
    bytes([0xef, 0xbb, 0xbf], policy('one', { severity: 'hi' }).replace('policy: one', 'polciy: one')),
  ),
  parameters: { ...one(parameters), params: { 'two.limit': '1', limit: 'x', 'max-siez': '3', unused: 'yes' } },
  'duplicate-ids': {
    files: {
      'one.yaml': head('one') + invariant('shared') + invariant('shared'),
      'two.yaml': head('one') + invariant('other', { deprecatedIds: '[shared]' }),
    },
  },
  'name-mismatch': one(policy('two', {})),
  'alias-bomb': one(bomb),
  'ten-megabytes': one(`policy: one # ${'x'.repeat(10 * 1024 * 1024)}`),
  'deep-nesting': one(`a: ${'['.repeat(100_000)}`),
  'invalid-utf8': one(bytes('policy: one\ntitle: é caf', [0xe9], '\n')),
  utf16: one(Buffer.from('\ufeffpolicy: one\n', 'utf16le')),
  'null-byte': one('policy: one\0\n'),
  'yaml-syntax': one('policy: one\ntitle: "not closed\ninvariants: []\n'),
  'tab-indent': one('policy: one\nparams:\n\ttitle: x\n'),
  tags: one('policy: !!js/function "x"\ntitle: !secret y\ninvariants: &all []\n? [a]\n: b\n'),
  'many-documents': one(`${policy('one', {})}---\npolicy: two\n`),
  empty: { files: { 'one.yaml': '', 'two.yaml': '# only a comment\n', 'three.yaml': '~\n' } },
  'terminal-escape': one(policy('one', { severity: '"\\e]0;owned\\a"', '"bad\\e[2Jkey"': 'x' })),
  prototype: one(
    policy('one', { __proto__: 'x', constructor: 'y' }).replace('policy: one', '__proto__: { policy: one }'),
  ),
  'long-line': one(
    policy('one', { title: `"${'long '.repeat(60)}", sevrity: high` }).replace(
      '    title',
      '    description: "x"\n    title',
    ),
  ),
  profile: {
    profile: 'profiles/strict.yaml',
    files: {
      'one.yaml': `policy: one
title: A policy
params:
  limit: { type: int, default: 5, description: A number }
invariants:
${invariant('one-1', { expect: 'group.memberCount < params.limit', deprecatedIds: '[old-1]' })}${invariant('one-2')}`,
      'profiles/strict.yaml': `profile: strict
title: A profile
select: [one-1, one-3, two-*, one-*, old-1]
params: { limit: high, one.limt: 3 }
severity: { one-11: low }
off: { one-2x: because, one-2: because }
`,
    },
  },
  'profile-shape': {
    profile: 'profiles/strict.yaml',
    files: {
      'one.yaml': policy('one', {}),
      'profiles/strict.yaml':
        'profile: strict\nselect: everything\nseverity: { one-1: hihg }\noff: { one-1: "" }\nparam: {}\n',
    },
  },
  'missing-profile': { profile: 'profiles/none.yaml', files: { 'one.yaml': policy('one', {}) } },
};

/** All small files in one folder: every mistake of every file must come out of one run. */
export const together: Malformed = {
  files: Object.fromEntries(
    Object.entries(malformed)
      .filter(([, { profile }]) => profile === undefined)
      .flatMap(([name, { files }]) => Object.entries(files).map(([file, text]) => [`${name}-${file}`, text] as const)),
  ),
};

/** Policies that are well-formed and say something that nobody can have meant. */
export const doubtful: Readonly<Record<string, Malformed>> = {
  'always-the-same': one(
    policy(
      'one',
      { when: '"group.memberCount > 3 && group.memberCount < 3"' },
      { when: 'has(group.ad)', expect: 'group.memberCount > 1 || has(group.ad)' },
      { when: 'group.memberCount > 3', expect: 'group.memberCount < 2 && has(group.ad)' },
      { when: 'group.memberCount > 3 && group.memberCount != 2' },
      { when: 'has(group.ad) || !has(group.ad)' },
    ),
  ),
};
