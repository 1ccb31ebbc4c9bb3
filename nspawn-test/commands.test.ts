/** Every command of luca, with every verb, as the owner types it on the appliance. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { COMMANDS } from '../src/luca/commands/index.ts'
import { System } from './system.ts'

interface Typed {
  words: string
  /** What is on stdin. */
  input?: string
  /** What it ends with; 0 without. */
  code?: number
  /** What it says, on stdout or stderr. */
  says: RegExp
}

const SSH_KEY = `ssh-ed25519 ${'A'.repeat(68)} someone`
const HELLO = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '1' } },
})
const PRINT = `SHA256:${'A'.repeat(43)}`

/** What is typed for each, in the order in which it is typed. */
const TYPED: Readonly<Record<string, Typed>> = {
  up: { words: '', code: 1, says: /runs already/ },
  screen: { words: '', code: 2, says: /luca plain/ },
  plain: { words: '', input: 'version\n', says: /^luca \d/ },
  tools: { words: '', says: /^fs_read_text_file /m },
  call: { words: 'time_get_current_time {}', says: /"timezone"/ },
  ls: { words: '/', says: /\.profile$/m },
  cat: { words: '/.profile', says: /PATH/ },
  rm: { words: '/.bash_logout --yes', says: /^deleted/ },
  'mail accounts': { words: '', says: /no account yet/ },
  'mail add': {
    words: 'ada@gmail.com --host 127.0.0.1',
    input: 'word\n',
    code: 1,
    says: /adds "127\.0\.0\.1:993" to "hosts" in mail\.yaml/,
  },
  'mail import': { words: '/none.yaml', code: 2, says: /no file/ },
  'mail password': { words: 'none', input: 'word\n', code: 1, says: /no account none/ },
  'mail allow': { words: 'none write', code: 1, says: /no account none/ },
  'mail list': { words: '', code: 1, says: /luca mail add/ },
  'mail search': { words: 'invoice', code: 1, says: /luca mail add/ },
  'mail read': { words: '1', code: 1, says: /There is no message 1/ },
  'mail download': { words: '1', code: 1, says: /There is no message 1/ },
  'mail mark': { words: 'read 1', code: 1, says: /Not there any more: 1/ },
  'mail move': { words: '1 trash', code: 1, says: /Not there any more: 1/ },
  'mail delete': { words: '1', code: 1, says: /Not there any more: 1/ },
  'mail send': { words: '--to eva@example.com --body hello', code: 1, says: /luca mail add/ },
  'mail outbox': { words: '', says: /Nothing waits to be sent/ },
  'mail cancel': { words: '1', code: 1, says: /no email 1 in the outbox/ },
  'mail forget': { words: 'none', code: 1, says: /no account none/ },
  chat: { words: 'hello', code: 1, says: /luca model pull/ },
  'chat list': { words: '', says: /^[0-9a-f]{8} .* hello$/m },
  'chat show': { words: 'none', code: 1, says: /"luca chat list" shows/ },
  'chat search': { words: 'zyzzyva', code: 6, says: /Nothing was found/ },
  'chat join': { words: 'none', code: 1, says: /"luca chat list" shows/ },
  'chat stop': { words: 'none', code: 1, says: /"luca chat list" shows/ },
  'chat rename': { words: 'none new', code: 1, says: /"luca chat list" shows/ },
  'chat fork': { words: 'none', code: 1, says: /"luca chat list" shows/ },
  'chat export': { words: 'none', code: 1, says: /"luca chat list" shows/ },
  'chat import': { words: '/none.json', code: 2, says: /no file/ },
  'chat delete': { words: 'none', code: 1, says: /"luca chat list" shows/ },
  'chat context': { words: 'hello', says: /^hello$/m },
  llm: { words: 'hello', code: 1, says: /luca model pull/ },
  approve: { words: '', says: /nothing waits/ },
  'schedule list': { words: '', says: /no server has registered anything/ },
  'schedule remove': { words: 'w1', code: 1, says: /luca schedule list/ },
  licence: { words: '', says: /OWNER/ },
  'licence set': { words: '/home/owner/none', code: 2, says: /no file/ },
  'licence remove': { words: '', says: /removed/ },
  'model list': { words: '', says: /No model is in \/var\/lib\/llmbasedos\/models/ },
  'model pull': { words: 'none', code: 2, says: /luca model list/ },
  'model add': { words: 'x /none.gguf', code: 2, says: /no file/ },
  'model info': { words: 'none', code: 2, says: /no model "none"/ },
  'model use': { words: 'none', code: 2, says: /no model "none"/ },
  'model settings': { words: '', says: /gpu/ },
  'model bench': { words: '', code: 1, says: /no model to measure/ },
  'model remove': { words: 'none', code: 2, says: /no model "none"/ },
  'token create': { words: 'phone', says: /^lb_/ },
  'token change': { words: 'phone --trust fs.write', says: /phone/ },
  'token list': { words: '', says: /phone/ },
  'token revoke': { words: 'phone', says: /revoked phone/ },
  'server add': { words: 'none -- /none', code: 1, says: /could not be used: There is no program/ },
  'server list': { words: '', says: /^NAME/ },
  'server import': { words: '/none.json', code: 2, says: /no file/ },
  'server test': { words: 'none', code: 1, says: /No server "none"/ },
  'server approve': { words: 'none', code: 1, says: /No server "none"/ },
  'server disable': { words: 'none', code: 1, says: /No server "none"/ },
  'server enable': { words: 'none', code: 1, says: /No server "none"/ },
  'server remove': { words: 'none', code: 1, says: /No server "none"/ },
  'index add': { words: '/', says: /can be found by their words/ },
  'index status': { words: '', says: /^\/$/m },
  search: { words: 'zyzzyva-4711', code: 6, says: /Nothing was found/ },
  'search models': { words: '', says: /^\* +use-lite /m },
  'index remove': { words: '/', says: /its files stay/ },
  'user add': { words: 'ada', says: /made ada/ },
  'user list': { words: '', says: /^ada/m },
  'user passwd': { words: 'ada --lock', says: /locked ada/ },
  'user quota': { words: 'ada none', code: 1, says: /Quotas can't be set here/ },
  'user remove': { words: 'ada --yes', says: /removed ada/ },
  'secret set': { words: 'time key --user owner', input: 'value', says: /kept key/ },
  'secret list': { words: '', says: /^time +owner +key$/m },
  'secret remove': { words: 'time key --user owner', says: /removed key/ },
  'ssh-key add': { words: SSH_KEY, says: /SHA256:/ },
  'ssh-key list': { words: '', says: /ssh-ed25519/ },
  'ssh-key remove': { words: PRINT, code: 1, says: /no such key|no key/ },
  'certificate make': { words: '', says: /CA/ },
  'certificate show': { words: '', says: /CA/ },
  'config show': { words: 'gateway', says: /as it comes/ },
  'config set': { words: 'gateway /none.yaml', code: 2, says: /no file/ },
  'config remove': { words: 'models', says: /removed models\.yaml/ },
  hostname: { words: '', says: /^llmbasedos$/m },
  begin: { words: '', code: 4, says: /choose with "luca keyboard NAME"/ },
  keyboard: { words: '', says: /us/ },
  timezone: { words: '', says: /UTC/ },
  language: { words: '', says: /^C$/m },
  'wifi list': { words: '', code: 1, says: /Wi-Fi|wireless/i },
  'wifi join': { words: 'Home', code: 1, input: 'password1', says: /Wi-Fi|wireless/i },
  'wifi forget': { words: 'Home', code: 1, says: /Wi-Fi|wireless|known/i },
  uninstall: { words: '', code: 1, says: /appliance itself/ },
  'unit list': { words: '', says: /llmbasedos-gateway\.service/ },
  'unit restart': { words: 'mcp-time@owner.service', says: /restarted/ },
  disk: { words: '', says: /\/var\/lib\/llmbasedos/ },
  'disk list': { words: '', says: /^DISK/ },
  'disk prepare': { words: '/dev/none --yes', code: 1, says: /no disk \/dev\/none/ },
  stdio: { words: '', input: `${HELLO}\n`, says: /"serverInfo":\{"name":"llmbasedos"/ },
  connect: { words: 'vscode', says: /"url": "https:\/\/llmbasedos\.local:8443\/mcp"/ },
  welcome: { words: '', says: /^llmbasedos on llmbasedos/ },
  log: { words: '--server gateway', says: /^\d{4}-\S+ [\d:]{8} info {2}gateway {4}\S/m },
  doctor: { words: '', says: /^ok +units/m },
  'completion bash': { words: '', says: /luca/ },
  'completion zsh': { words: '', says: /luca/ },
  'completion fish': { words: '', says: /luca/ },
  'completion values': { words: 'served /', says: /\.profile$/m },
  help: { words: '', says: /Commands/ },
  version: { words: '', says: /^luca \d/ },
  // Last: they end what all others need.
  'power restart': { words: '--yes', says: /^/ },
  'power off': { words: '--yes', says: /^/ },
}

/** Each command by itself where it can stand so, and with each of its verbs. */
const all = COMMANDS.flatMap(({ name, verbs, alone, otherwise }) => [
  ...(verbs === undefined || alone !== undefined || otherwise !== undefined ? [name] : []),
  ...Object.keys(verbs ?? {}).map((verb) => `${name} ${verb}`),
])

let system: System
before(async () => {
  system = await System.boot()
})
after(() => system?.stop())

test('each command, with each verb, is tried here, and nothing that does not exist', () => {
  assert.deepEqual(Object.keys(TYPED).sort(), [...all].sort())
})

for (const [command, { words, input = '', code = 0, says }] of Object.entries(TYPED)) {
  if (!all.includes(command) || command.startsWith('power')) continue
  test(`luca ${command} ${words}`.trimEnd(), async () => {
    const line = ['luca', ...command.split(' '), ...words.split(' ').filter((word) => word !== '')]
    const ran = await system.run(line, { user: 'owner', input })
    const said = ran.stdout + ran.stderr
    assert.equal(ran.code, code, said)
    assert.match(said, says)
    // What is right elsewhere, and nowhere here.
    assert.doesNotMatch(said, /no unit files|unexpected|part of the appliance's image|make (setup|build)/)
    if (code === 0) assert.doesNotMatch(ran.stderr, /^luca: /m)
  })
}

test('the shell of a login completes the commands of luca', async () => {
  const script = 'COMP_WORDS=(luca wi) COMP_CWORD=1; complete -p luca; _luca; echo "$COMPREPLY"'
  const { stdout, stderr } = await system.run(['bash', '-l', '-i', '-c', script], { user: 'owner' })
  assert.match(stdout, /^complete .*-F _luca luca\nwifi$/m, stderr)
})

test('luca power off, as another user', async () => {
  await system.out(['luca', 'user', 'add', 'eve'])
  for (const to of ['off', 'restart']) {
    const { code, stderr } = await system.run(['luca', 'power', to, '--yes'], { user: 'eve' })
    assert.equal(code, 4, stderr)
  }
})

test('luca power off', async () => {
  const { code, stderr } = await system.run(['luca', 'power', 'off', '--yes'], { user: 'owner' })
  assert.equal(code, 0, stderr)
  await system.ended()
})
