/** Who may import whom, each with its reason. A room is a folder of src; the longest that fits counts. */
export interface Room {
  /** The one line that says what it is for, as its README.md does. */
  purpose: string
  /** Rooms it may import besides itself. */
  mayImport: string[]
  /** Packages it may import. */
  packages: string[]
  reason: string
}

const BASE = ['protocol', 'host']

export const ROOMS: Record<string, Room> = {
  protocol: {
    purpose: 'Shapes without I/O: JSON-RPC, MCP of both eras, errors, definitions.',
    mayImport: [],
    packages: ['typebox'],
    reason: 'everything stands on it, so it stands on nothing',
  },
  host: {
    purpose: 'The machine: inherited sockets, sd_notify, credentials, configuration, log.',
    mayImport: ['protocol'],
    packages: ['js-yaml', 'koffi', 'pino', 'sd-notify', 'typebox'],
    reason: 'what is asked of the machine is asked here alone',
  },
  framework: {
    purpose: 'What every MCP server runs on: serving, connections, idle exit, the test harness.',
    mayImport: [...BASE, 'client'],
    packages: ['ajv'],
    reason: 'servers bring tools and nothing else; its harness and test helpers use the client and ajv',
  },
  client: {
    purpose: 'The one MCP client, for the gateway, the shell and tests.',
    mayImport: ['protocol'],
    packages: [],
    reason: 'it runs wherever a byte stream does',
  },
  gateway: {
    purpose: 'The path of a call, from any client to the server it is for.',
    mayImport: [
      ...BASE,
      'client',
      'gateway/transports',
      'gateway/auth',
      'gateway/limits',
      'gateway/consent',
      'gateway/routing',
      'gateway/llm',
      'gateway/observe',
    ],
    packages: ['typebox'],
    reason: 'its top files wire the stages together; it never imports a server',
  },
  'gateway/transports': {
    purpose: 'How requests come in and answers go out: HTTP in both eras, WebSocket, the UNIX socket.',
    mayImport: [...BASE, 'gateway'],
    packages: ['ws'],
    reason: 'a stage knows no other stage; the pipeline joins them',
  },
  'gateway/auth': {
    purpose: 'Who calls, and whether they may: tokens, peers, Host and Origin.',
    mayImport: [...BASE, 'gateway'],
    packages: [],
    reason: 'a stage knows no other stage',
  },
  'gateway/limits': {
    purpose: 'What fits at once, and for how long.',
    mayImport: [...BASE, 'gateway'],
    packages: [],
    reason: 'a stage knows no other stage',
  },
  'gateway/routing': {
    purpose: 'Which server a call is for, and the connection to it.',
    mayImport: [...BASE, 'client', 'gateway'],
    packages: [],
    reason: 'a stage knows no other stage',
  },
  'gateway/consent': {
    purpose: 'Asks before destructive tools, and keeps the queue of what waits for approval.',
    mayImport: [...BASE, 'gateway'],
    packages: [],
    reason: 'a stage knows no other stage',
  },
  'gateway/llm': {
    purpose: 'Language models behind one door: which one answers, what it may take, and what clients speak.',
    mayImport: [...BASE, 'client', 'gateway'],
    packages: [],
    reason: 'a stage knows no other stage',
  },
  'gateway/observe': {
    purpose: 'The audit line and the metrics of each call.',
    mayImport: [...BASE, 'gateway'],
    packages: ['prom-client'],
    reason: 'it is told of calls and changes none',
  },
  search: {
    purpose: 'Embedders, the vector index and fusion, shared by the servers that search by meaning.',
    mayImport: ['protocol'],
    packages: [],
    reason: 'it is told what to index and knows nothing of servers',
  },
  models: {
    purpose:
      'Models: what a GGUF file says of itself, the folder they lie in, the registry, and the process that holds one.',
    mayImport: ['protocol'],
    packages: [],
    reason: 'luca and the server of models look at the same files',
  },
  admin: {
    purpose: 'The root helper: a fixed list of verbs for users, disks, names, secrets and certificates.',
    mayImport: BASE,
    packages: ['koffi'],
    reason: 'what runs as root must be small enough to read',
  },
  servers: {
    purpose: 'The MCP servers: one folder each.',
    mayImport: [],
    packages: [],
    reason: 'only the folders below it hold code',
  },
  'servers/fs': {
    purpose: "A user's files, confined to one folder.",
    mayImport: [...BASE, 'framework'],
    packages: ['sax'],
    reason: 'a server knows neither another server nor the gateway',
  },
  'servers/llm': {
    purpose: 'Language models on this machine, through llama.cpp in a process of their own.',
    mayImport: [...BASE, 'framework', 'models'],
    packages: ['@eslint-community/regexpp', '@huggingface/jinja', 'ajv', 'node-llama-cpp'],
    reason: 'a server knows neither another server nor the gateway',
  },
  'servers/llm-remote': {
    purpose:
      "Language models elsewhere: the one way out to providers that speak OpenAI's shape, and their keys.",
    mayImport: [...BASE, 'framework'],
    packages: ['openai', 'eventsource-parser'],
    reason: 'the keys and the network are here, so that the gateway has neither',
  },
  'servers/stdio-adapter': {
    purpose: 'A server that is not ours, spoken to over stdio, as one of ours.',
    mayImport: [...BASE, 'framework'],
    packages: ['@modelcontextprotocol/client'],
    reason: 'a server knows neither another server nor the gateway',
  },
  'servers/time': {
    purpose: 'The clock and time zones: the smallest server, and the one to copy.',
    mayImport: [...BASE, 'framework'],
    packages: [],
    reason: 'a server knows neither another server nor the gateway',
  },
  standby: {
    purpose: 'Keeps the sandbox of a server between its calls, on a booted system.',
    mayImport: [],
    packages: [],
    reason: 'it is one small program in C, which stays while everything else sleeps',
  },
  shell: {
    purpose: 'luca: the commands, and the whole appliance without systemd.',
    mayImport: [...BASE, 'client', 'models', 'shell/terminal'],
    packages: ['fflate', 'koffi', 'qr', 'ws'],
    reason: 'what it does to the gateway, it does as a client',
  },
  'shell/terminal': {
    purpose: 'The full-screen terminal interface of luca: rooms, and the session behind them.',
    mayImport: [...BASE, 'client', 'shell', 'shell/terminal/screen'],
    packages: ['highlight.js', 'marked'],
    reason: 'state, views and effects are tested without a terminal',
  },
  'shell/terminal/screen': {
    purpose: 'The terminal: keys in, changed cells out. The only folder that knows blessed.',
    mayImport: ['shell/terminal'],
    packages: ['blessed'],
    reason: 'it is given lines and knows nothing of what they mean',
  },
}

/** Folders beside src, and the one line in each. */
export const FOLDERS: Record<string, string> = {
  systemd: 'All units, flat: what systemd runs in the image, and what luca up reads without it.',
  'rootfs-overlay': 'A mirror of /: configuration defaults, sysusers.d, tmpfiles.d, presets.',
  'archiso-profile': 'The Arch image, for archiso.',
  iso: 'Staging and building images.',
  scripts: 'Generating, building, testing and conformance; each has a make target.',
  'nspawn-test': 'Boots the appliance in a container and asks it questions.',
  'qemu-test': 'Boots the image and asks it questions.',
  test: 'Tests of the whole, the fixture server and the rogue one.',
}
