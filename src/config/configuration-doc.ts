import { markdownTable } from './doc-table.ts';
import { PRECEDENCE } from './merge.ts';
import { OPTIONS, flagName, secretFileRow } from './options.ts';
import type { OptionRow, Section } from './options/row.ts';

/** The text of `docs/configuration.md`, made from the option table. */
export function configurationDoc(): string {
  const sections = [
    intro(),
    ...SECTIONS.map(describeSection),
    variables(),
    secrets(),
    commandFlags(),
    limits(),
  ];
  return `${sections.join('\n\n')}\n`;
}

const SECTIONS: readonly { readonly section: Section; readonly text: string }[] = [
  { section: 'Agent', text: 'How the agent runs, logs and answers.' },
  { section: 'Scaling', text: 'What is scaled, and how often.' },
  {
    section: 'Nomad',
    text: '`NOMAD_NAMESPACE` and `NOMAD_REGION` are deliberately not read: Nomad sets them in every task.',
  },
  { section: 'Consul', text: 'How Consul is reached, and where the state is kept.' },
  {
    section: 'Group',
    text: 'Agents that run as a group share one stored configuration and divide the work.',
  },
  { section: 'Telemetry', text: 'In the block `telemetry { … }` of a file.' },
  { section: 'Notification', text: 'In the block `notification { … }` of a file.' },
];

function intro(): string {
  const order = PRECEDENCE.map((place, index) => `${index + 1}. ${place}`).join('\n');
  return `# Configuration

<!-- Made from the option table in src/config/options by \`configurationDoc\`. UPDATE_DOCS=1 npm test rewrites it. -->

Every option can be given as a flag and in a file, some in the environment as well. What stands first wins:

${order}

A flag has one dash or two, and its value behind \`=\` or a blank: \`-log-level=debug\`, \`--log-level debug\`. A truth
value is set by the flag alone, or behind \`=\`: \`-dev\`, \`-dev=false\`. Of a repeated flag the last one counts.

\`-config\` names a file, or a directory whose \`.hcl\` and \`.json\` files are read in the order of their names. A file
that begins with \`{\` is JSON, any other is HCL, version 1:

\`\`\`hcl
consul    = "localhost:8500"
nomad     = "http://localhost:4646"
log_level = "INFO"

telemetry {
  statsd_address = "10.0.0.10:8125"
}

notification {
  cluster_identifier = "nomad-prod"
}
\`\`\`

Numbers and truth values may also be written as text (\`"10"\`, \`"true"\`). An empty text counts as not given. An unknown
key, a key or a block that stands twice, a value of the wrong type or a syntax error is a fault; all faults are printed at
once, one a line, as \`<file>:<line>: <key>: <message>\`, and the exit code is 1.

In the tables, _group_ marks what may stand in the stored configuration of a group, and _restart_ what takes effect only
when the agent starts; everything else is taken over when the agent receives SIGHUP. _no effect yet_ marks what is
accepted and checked, but heeded only by a later version; an agent that is given such an option says so when it starts.`;
}

function describeSection({ section, text }: (typeof SECTIONS)[number]): string {
  const rows = OPTIONS.filter((row) => row.section === section && row.place !== 'env');
  const header = ['key in a file', 'flag', 'default', 'values', '', 'meaning'];
  return `## ${section}\n\n${text}\n\n${markdownTable(header, rows.map(describeOption))}`;
}

function describeOption(row: OptionRow): readonly string[] {
  const keys = row.place === 'flag' ? [] : [row.key, ...(row.fileAliases ?? [])];
  const flags = [flagName(row), ...(row.flagAliases ?? [])].map((flag) => `-${flag}`);
  const marks = [
    row.isStorable === true ? 'group' : '',
    row.needsRestart === true ? 'restart' : '',
    row.isIdle === true ? 'no effect yet' : '',
  ];
  return [
    keys.map(code).join(', '),
    flags.map(code).join(', '),
    row.defaultNote ?? (row.default === undefined ? '' : code(String(row.default))),
    describeValues(row),
    marks.filter((mark) => mark !== '').join(', '),
    plain(row.help),
  ];
}

function describeValues(row: OptionRow): string {
  if (row.choices !== undefined) return row.choices.join(', ');
  if (row.min === undefined || row.max === undefined) return KINDS[row.kind];
  return `${row.min} to ${row.max}${row.unit === undefined ? '' : ` ${row.unit}`}`;
}

const KINDS: Readonly<Record<OptionRow['kind'], string>> = {
  text: 'text',
  secret: 'secret',
  int: 'whole number',
  port: 'port',
  bool: 'true, false',
  choice: '',
  address: 'host:port or URL',
  endpoint: 'host:port',
  list: 'list of texts',
  path: 'path',
};

function variables(): string {
  const rows = OPTIONS.flatMap((row) => (row.env === undefined ? [] : [describeVariable(row, row.env)]));
  return `## Environment

An empty variable counts as not set. The AWS SDK reads its own variables besides.

${markdownTable(['variable', 'instead of', 'meaning'], rows)}`;
}

function describeVariable(row: OptionRow, env: string): readonly string[] {
  return [code(env), row.place === 'env' ? '' : code(row.key), plain(row.help)];
}

function secrets(): string {
  const rows = OPTIONS.filter((row) => row.kind === 'secret').map((row) => [
    code(row.key),
    code(secretFileRow(row).key),
    code(`-${flagName(secretFileRow(row))}`),
  ]);
  return `## Secrets

A secret can stand in a file of its own, whose path is given instead, relative to the working directory; line ends behind
it are taken off. A secret never reaches a log, the API or an error, and cannot be stored for a group.

${markdownTable(['secret', 'key of the path', 'flag of the path'], rows)}`;
}

function commandFlags(): string {
  const rows = OPTIONS.filter((row) => row.section === 'Command').map((row) => [
    code(`-${flagName(row)}`),
    (row.commands ?? []).map(code).join(', '),
    row.default === undefined || row.default === false ? '' : `${row.default} ${row.unit ?? ''}`.trim(),
    plain(row.help),
  ]);
  return `## Flags of single commands

Besides the options above that they need. \`replicator <command> -help\` lists all that a command takes.

${markdownTable(['flag', 'commands', 'default', 'meaning'], rows)}`;
}

function limits(): string {
  return `## What HCL is understood

HCL version 1, as older releases read it: \`key = value\`, quoted keys, blocks, several attributes on one line, comments
with \`#\`, \`//\` and \`/* */\`, heredocs with \`<<\` and \`<<-\`, and a byte order mark. Expressions and functions of HCL
version 2 are not; \`\${…}\` in a text stays as it is. A number that begins with \`0\` is octal.`;
}

/** Text in which nothing is taken for Markdown. */
function plain(text: string): string {
  return text.replaceAll(/[*<]/g, '\\$&');
}

function code(text: string): string {
  return `\`${text}\``;
}
