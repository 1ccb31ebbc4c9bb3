/**
 * Which folder may import which, each with its reason. The longest path below src that fits counts. No folder may import
 * one that imports it, directly or through others.
 */
export interface ImportRule {
  /** The one line that says what it is for, as its README.md does. */
  purpose: string
  /** Folders it may import besides itself. */
  mayImport: string[]
  /** Packages it may import. */
  packages: string[]
  /** Packages of which it may import types alone: nothing of them is there when it runs. */
  types?: string[]
  reason: string
}

/** What every program may import. */
export const GIVEN_TO_ALL = ['protocol', 'contracts', 'host']
const BASE = GIVEN_TO_ALL

export const IMPORT_RULES: Record<string, ImportRule> = {
  protocol: {
    purpose: 'Message shapes without I/O: JSON-RPC, MCP of both eras, errors, definitions.',
    mayImport: [],
    packages: ['typebox'],
    types: ['openai'],
    reason: 'everything imports it, so it imports nothing',
  },
  contracts: {
    purpose:
      'What two programs agree on besides MCP: aliases of models, records of added servers, verbs of the root helper.',
    mayImport: ['protocol'],
    packages: ['typebox'],
    reason: 'both sides import the same shape, and neither imports the other',
  },
  host: {
    purpose: 'The machine: inherited sockets, sd_notify, credentials, configuration files, log.',
    mayImport: ['protocol', 'contracts'],
    packages: ['js-yaml', 'koffi', 'pino', 'sd-notify', 'typebox'],
    reason: 'all access to the machine is here',
  },
  framework: {
    purpose: 'The base of every MCP server: serving, connections, idle exit, the test harness.',
    mayImport: [...BASE, 'client'],
    packages: ['ajv'],
    reason: 'servers only define tools; its harness and test helpers use the client and ajv',
  },
  client: {
    purpose: 'The MCP client of the gateway, of luca and of the tests.',
    mayImport: ['protocol'],
    packages: [],
    reason: 'it needs a byte stream and nothing else',
  },
  'gateway/call': {
    purpose: 'What every stage receives: the call, and the memory budgets.',
    mayImport: BASE,
    packages: [],
    reason: 'it is all that the stages share',
  },
  'gateway/state': {
    purpose: 'What the gateway stores: tokens, approvals, expiries.',
    mayImport: BASE,
    packages: [],
    reason: 'it stores values and does not depend on calls',
  },
  'gateway/transports': {
    purpose: 'How requests arrive and answers leave: HTTP in both eras, WebSocket, the UNIX socket.',
    mayImport: [...BASE, 'gateway/call'],
    packages: ['ws'],
    reason: 'stages do not import each other; the pipeline connects them',
  },
  'gateway/auth': {
    purpose: 'Authentication and authorisation: tokens, peers, Host and Origin, licences.',
    mayImport: [...BASE, 'gateway/call', 'gateway/state'],
    packages: [],
    reason: 'stages do not import each other',
  },
  'gateway/limits': {
    purpose: 'Admission: rates, calls at once, deadlines.',
    mayImport: [...BASE, 'gateway/call'],
    packages: [],
    reason: 'stages do not import each other',
  },
  'gateway/routing': {
    purpose: 'Which server a call is for, and the connection to it.',
    mayImport: [...BASE, 'client', 'gateway/call'],
    packages: [],
    reason: 'stages do not import each other',
  },
  'gateway/consent': {
    purpose: 'Asks before destructive calls, and queues those that wait for approval.',
    mayImport: [...BASE, 'gateway/call'],
    packages: [],
    reason: 'stages do not import each other',
  },
  'gateway/callbacks': {
    purpose:
      'Requests of servers to the gateway during a call: calls of other servers, on behalf of the caller.',
    mayImport: [...BASE, 'client', 'gateway/call'],
    packages: [],
    reason: 'stages do not import each other; the calls that it makes pass through all of them',
  },
  'gateway/llm': {
    purpose: 'Language models behind one API: the choice of a model, quotas, and the formats of clients.',
    mayImport: [...BASE, 'client', 'gateway/call'],
    packages: [],
    types: ['openai'],
    reason: 'stages do not import each other',
  },
  'gateway/schedule': {
    purpose: 'The wake list: wakes servers at the times that they asked for.',
    mayImport: [...BASE, 'gateway/call', 'gateway/state'],
    packages: ['croner'],
    reason: 'it wakes servers through an interface and imports no stage',
  },
  'gateway/events': {
    purpose: 'Events: delivers what a server sends to the other servers of the same user.',
    mayImport: [...BASE, 'gateway/call', 'gateway/state', 'gateway/schedule'],
    packages: [],
    reason: 'it delivers through an interface and imports no stage',
  },
  'gateway/observe': {
    purpose: 'The audit line and the metrics of each call.',
    mayImport: [...BASE, 'gateway/call'],
    packages: ['prom-client'],
    reason: 'it records calls and changes none',
  },
  gateway: {
    purpose: 'The pipeline of a call, and the wiring of the gateway.',
    mayImport: [
      ...BASE,
      'gateway/call',
      'gateway/state',
      'gateway/transports',
      'gateway/auth',
      'gateway/limits',
      'gateway/consent',
      'gateway/callbacks',
      'gateway/routing',
      'gateway/llm',
      'gateway/schedule',
      'gateway/events',
      'gateway/observe',
    ],
    packages: ['typebox'],
    reason: 'its top files wire the stages together; it never imports a server',
  },
  models: {
    purpose: 'Models as files: GGUF headers, their folder, the registry, and the process that holds one.',
    mayImport: ['protocol'],
    packages: [],
    reason: 'luca and the server of models read the same files',
  },
  documents: {
    purpose:
      'Documents as blocks of text with their places: one folder for each format, behind one interface.',
    mayImport: BASE,
    packages: ['chardet', 'htmlparser2', 'postal-mime', 'sax', 'unpdf'],
    reason: 'bytes come in and blocks go out; it knows neither files nor an index',
  },
  search: {
    purpose:
      'Finding texts by meaning and by words: embedders, cutting, the index, and both kinds of hits put together.',
    mayImport: [...BASE, 'documents'],
    packages: ['@huggingface/tokenizers', 'onnxruntime-node', 'usearch'],
    reason: 'a server supplies the texts and the questions; it does not depend on where they are from',
  },
  admin: {
    purpose: 'The root helper: a fixed list of verbs for users, disks, names, secrets and certificates.',
    mayImport: BASE,
    packages: [],
    reason: 'what runs as root must be small enough to read',
  },
  servers: {
    purpose: 'The MCP servers: one folder each, with a row of its own only for what it alone may import.',
    mayImport: [...BASE, 'framework'],
    packages: [],
    reason: 'a server imports neither another server nor the gateway',
  },
  'servers/fs': {
    purpose: "A user's files, confined to one folder.",
    mayImport: [...BASE, 'framework', 'documents', 'search'],
    packages: ['ignore', 'sax'],
    reason: 'a server imports neither another server nor the gateway',
  },
  'servers/mail': {
    purpose: "A user's mail, by IMAP.",
    mayImport: [...BASE, 'framework', 'documents'],
    packages: ['iconv-lite', 'imapflow', 'node-ical', 'nodemailer', 'postal-mime'],
    reason: 'a server imports neither another server nor the gateway',
  },
  'servers/llm-local': {
    purpose: 'Language models on this machine, through llama.cpp in a process of their own.',
    mayImport: [...BASE, 'framework', 'models', 'search'],
    packages: ['@eslint-community/regexpp', '@huggingface/jinja', 'ajv', 'node-llama-cpp'],
    reason: 'a server imports neither another server nor the gateway',
  },
  'servers/llm-remote': {
    purpose: "Language models elsewhere: the connection to providers with OpenAI's API, and their keys.",
    mayImport: [...BASE, 'framework'],
    packages: ['openai', 'eventsource-parser'],
    reason: 'the keys and the network are here, so that the gateway has neither',
  },
  'servers/stdio-adapter': {
    purpose: 'Runs a third-party server over stdio and presents it as one of ours.',
    mayImport: [...BASE, 'framework'],
    packages: ['@modelcontextprotocol/client'],
    reason: 'a server imports neither another server nor the gateway',
  },
  standby: {
    purpose: 'Keeps the sandbox of a server between its calls, on a booted system.',
    mayImport: [],
    packages: [],
    reason: 'it is one small program in C, which runs while all else is stopped',
  },
  command: {
    purpose: 'The base of every luca command: its shape, output, errors, and the link to the gateway.',
    mayImport: [...BASE, 'client'],
    packages: ['qr'],
    reason: 'all parts of luca import it, and it imports none of them',
  },
  line: {
    purpose: 'The line mode of luca: words, completion, history, jobs.',
    mayImport: [...BASE, 'command'],
    packages: [],
    reason: 'it receives the commands and imports none',
  },
  'tui/text': {
    purpose: 'Text for the terminal: cells, wrapping, Markdown, code.',
    mayImport: ['protocol'],
    packages: ['highlight.js', 'marked'],
    reason: 'it depends neither on a screen nor on what the texts mean',
  },
  'tui/screen': {
    purpose: 'The terminal: keys in, changed cells out. The only folder that imports blessed.',
    mayImport: ['host', 'tui/text'],
    packages: ['blessed'],
    reason: 'it receives lines and does not depend on what they mean',
  },
  'tui/model': {
    purpose: 'The interface as a pure model: state, messages, effects.',
    mayImport: ['protocol', 'contracts', 'command', 'tui/text', 'tui/screen'],
    packages: [],
    reason: 'it is tested without a terminal and without a gateway',
  },
  'tui/views': {
    purpose: 'The views of the interface: one folder each.',
    mayImport: [...BASE, 'command', 'line', 'tui/model', 'tui/text'],
    packages: [],
    reason: 'a view changes its own state and returns effects; it performs none',
  },
  'tui/session': {
    purpose: 'Runs the effects of the interface: calls, answers, files, commands, drafts.',
    mayImport: [...BASE, 'client', 'models', 'command', 'line', 'tui/model'],
    packages: [],
    reason: 'it imports no view',
  },
  tui: {
    purpose: 'The full-screen interface of luca.',
    mayImport: ['command', 'tui/model', 'tui/views', 'tui/screen', 'tui/session', 'tui/text'],
    packages: [],
    reason: 'its one file connects model, session and screen',
  },
  'up/units': {
    purpose: 'Reads unit files as systemd does, for luca up and luca doctor.',
    mayImport: ['protocol', 'host'],
    packages: [],
    reason: 'it reads units and runs nothing',
  },
  up: {
    purpose:
      'The whole appliance without systemd: listens, starts servers when they are called, and stops them.',
    mayImport: [...BASE, 'command', 'up/units'],
    packages: [],
    reason: 'it runs the gateway as systemd would',
  },
  bridge: {
    purpose: 'Connects desktop clients to the gateway: a bridge over stdio, and their configuration.',
    mayImport: [...BASE, 'command'],
    packages: ['fflate', 'ws'],
    reason: 'clients start many of them, so it must stay small',
  },
  luca: {
    purpose:
      'The luca program: its commands, and the composition of line mode, interface, luca up and bridge.',
    mayImport: [...BASE, 'models', 'command', 'line', 'tui', 'up', 'up/units', 'bridge'],
    packages: [],
    reason: 'it uses the gateway as any client',
  },
}

/** The row for a folder: most servers have none of their own. */
export const ruleOf = (folder: string): ImportRule | undefined =>
  IMPORT_RULES[folder] ?? (folder.startsWith('servers/') ? IMPORT_RULES.servers : undefined)

/** Folders beside src, and the one line in each. */
export const OTHER_FOLDERS: Record<string, string> = {
  systemd: 'All units, flat: what systemd runs in the image, and what luca up reads without it.',
  'rootfs-overlay': 'A mirror of /: configuration defaults, sysusers.d, tmpfiles.d, presets.',
  'archiso-profile': 'The Arch image, for archiso.',
  iso: 'Staging and building images.',
  scripts: 'Generating, building, testing and conformance; each has a make target.',
  'nspawn-test': 'Boots the appliance in a container and tests it.',
  'qemu-test': 'Boots the image and tests it.',
  test: 'Tests of the whole, and the servers that they use.',
}
