/** A mistake that people make when they write their first policies, and what they would have after doing what the message says. */
export type Mistake = { readonly wrong: string; readonly mended: string };

const policy = `policy: NAME
title: Twins of groups
invariants:
  - id: NAME
    title: Every security group has a twin
    flavours: [connect-v1, connect-v2, cloud-sync]
    over: groups
    when: has(group.cloud)
    expect: group.writtenBack
    severity: high
    message: "{{group.label}} has no twin"
    remediation: Write it back.
`;

function replaced(text: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((current, [from, to]) => {
    if (!current.includes(from)) throw new Error(`there is no ${from}`);
    return current.replace(from, to);
  }, text);
}

/** Parts of a sound policy are replaced: by the first to make the mistake, by the second to mend it. */
const mistake = (...parts: readonly (readonly [part: string, wrong: string, mended: string])[]): Mistake => ({
  wrong: replaced(
    policy,
    parts.map(([part, wrong]) => [part, wrong]),
  ),
  mended: replaced(
    policy,
    parts.map(([part, , mended]) => [part, mended]),
  ),
});

const expects = (wrong: string, mended: string) =>
  mistake(['expect: group.writtenBack', `expect: ${wrong}`, `expect: ${mended}`]);
const created = (wrong: string, mended: string) =>
  expects(`has(group.cloud.created) && ${wrong}`, `has(group.cloud.created) && ${mended}`);
const says = (wrong: string, mended: string) => mistake(['"{{group.label}} has no twin"', wrong, mended]);
const withParams = (wrong: string, mended: string, read: readonly [string, string]) =>
  mistake(
    ['invariants:', `${wrong}invariants:`, `${mended}invariants:`],
    ['expect: group.writtenBack', `expect: ${read[0]}`, `expect: ${read[1]}`],
  );
const param = (name: string, type: string, value: string) =>
  `params:\n  ${name}: { type: "${type}", default: ${value}, description: A parameter }\n`;

/** By name; the name is also that of the policy and its file. */
export const mistakes: Readonly<Record<string, Mistake>> = {
  'unknown-key': mistake(['severity: high', 'severty: high', 'severity: high']),
  'foreign-key': mistake(['when: has', 'if: has', 'when: has']),
  'missing-key': mistake(['    remediation: Write it back.\n', '', '    remediation: Write it back.\n']),
  'field-misspelt': expects('group.writenBack', 'group.writtenBack'),
  'has-misspelt': mistake(['has(group.cloud)', 'has(group.clould)', 'has(group.cloud)']),
  'population-in-singular': mistake(['over: groups', 'over: group', 'over: groups']),
  'severity-of-another-tool': mistake(['severity: high', 'severity: error', 'severity: high']),
  'flavours-without-brackets': mistake([
    '[connect-v1, connect-v2, cloud-sync]',
    'cloud-sync',
    '[connect-v1, connect-v2, cloud-sync]',
  ]),
  'id-with-blanks': mistake(['id: NAME', 'id: My First Rule', 'id: NAME']),
  'number-in-quotes': expects('group.objects == "1"', 'group.objects == 1'),
  'value-of-another-case': expects("group.kind == 'Security'", "group.kind == 'security'"),
  'value-in-list-by-equals': expects(
    "group.cloud.proxyAddresses == 'smtp:a@contoso.com'",
    '\'"smtp:a@contoso.com" in group.cloud.proxyAddresses\'',
  ),
  'value-absent': expects(
    'group.ad.mail.endsWith("@contoso.com")',
    'has(group.ad.mail) && group.ad.mail.endsWith("@contoso.com")',
  ),
  'object-as-condition': expects('group.ad', 'has(group.ad)'),
  'one-equals-sign': expects("group.kind = 'security'", "group.kind == 'security'"),
  'and-in-words': expects(
    "group.writtenBack and group.kind == 'security'",
    "group.writtenBack && group.kind == 'security'",
  ),
  'not-in-words': expects('not group.writtenBack', '"!(group.writtenBack)"'),
  'is-not-null': expects('group.ad.mail is not null', 'group.ad.mail != null'),
  'not-equal-of-sql': expects("group.kind <> 'security'", "group.kind != 'security'"),
  'function-of-another-language': expects("group.label.includes('x')", "group.label.contains('x')"),
  'function-before-its-value': expects("contains(group.label, 'x')", "group.label.contains('x')"),
  'time-as-text': created(
    'group.cloud.created > "2026-01-01T00:00:00Z"',
    'group.cloud.created > timestamp("2026-01-01T00:00:00Z")',
  ),
  'clock-asked': created('group.cloud.created < now()', 'group.cloud.created < asOf'),
  'duration-in-words': created(
    'asOf - group.cloud.created > duration("24 hours")',
    'asOf - group.cloud.created > duration("24h")',
  ),
  'duration-as-number': created('asOf - group.cloud.created > 24', 'asOf - group.cloud.created > duration("24h")'),
  'parameter-undeclared': withParams('', param('limit', 'int', '5'), [
    'group.objects < params.limit',
    'group.objects < params.limit',
  ]),
  'parameter-without-params': withParams(param('limit', 'int', '5'), param('limit', 'int', '5'), [
    'group.objects < limit',
    'group.objects < params.limit',
  ]),
  'parameter-with-hyphen': withParams(param('most-objects', 'int', '5'), param('most-objects', 'int', '5'), [
    'group.objects < params.most-objects',
    'group.objects < params.mostObjects',
  ]),
  'parameter-unused': withParams(param('limit', 'int', '5'), '', ['group.writtenBack', 'group.writtenBack']),
  'list-parameter-without-list': withParams(
    param('kinds', 'string[]', 'security'),
    param('kinds', 'string[]', '[security]'),
    ['group.kind in params.kinds', 'group.kind in params.kinds'],
  ),
  'duration-parameter-in-words': withParams(param('age', 'duration', '24 hours'), param('age', 'duration', '24h'), [
    'has(group.cloud.created) && asOf - group.cloud.created > params.age',
    'has(group.cloud.created) && asOf - group.cloud.created > params.age',
  ]),
  'message-without-quotes': says('{{group.label}} has no twin', '"{{group.label}} has no twin"'),
  'message-with-colon': says('Twin of {{group.label}}: missing', '"Twin of {{group.label}}: missing"'),
  'message-in-single-braces': says('"{group.label} has no twin"', '"{{group.label}} has no twin"'),
  'message-not-closed': says('"{{group.label} has no twin"', '"{{group.label}} has no twin"'),
  'expression-begins-with-quote': expects("'security' == group.kind", '"\'security\' == group.kind"'),
  'expression-begins-with-not': expects('!group.writtenBack', '"!group.writtenBack"'),
  'condition-that-says-the-same': expects('has(group.cloud)', 'group.writtenBack'),
  'indented-by-tab': mistake(['    when', '\twhen', '    when']),
  'indented-too-far': mistake(['    when', '      when', '    when']),
  'list-without-dash': mistake(['  - id', '  id', '  - id']),
};

/** The files of a folder with all of them, `wrong` or `mended`; two files of `wrong` share an id besides. */
export function authored(which: keyof Mistake): Readonly<Record<string, string>> {
  const files = Object.entries(mistakes).map(([name, texts]) => [
    `${name}.yaml`,
    texts[which].replaceAll('NAME', name),
  ]);
  const named = (name: string, id: string) => policy.replace('NAME', name).replace('NAME', id);
  const [first, second] = which === 'wrong' ? ['same-id', 'same-id'] : ['same-id', 'another-id'];
  return Object.fromEntries([
    ...files,
    ['id-of-another-file.yaml', named('id-of-another-file', second)],
    ['id-first-used.yaml', named('id-first-used', first)],
  ]);
}
