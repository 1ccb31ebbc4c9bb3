import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { Type } from 'typebox'
import { compileConfig } from '../testing/compile-config.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { ConfigError, type ConfigFolders, loadConfig } from './load.ts'
import { exampleYaml } from './reference.ts'

const Sample = Type.Object({
  owner: Type.String({ default: 'owner', description: 'Who owns it.', env: 'T_OWNER' }),
  http: Type.Object({
    hosts: Type.Array(Type.String(), { default: ['a', 'b'], description: 'Names.' }),
    noAuth: Type.Boolean({ default: false, env: 'T_NO_AUTH' }),
  }),
  limits: Type.Object({
    seconds: Type.Integer({ default: 30, minimum: 1, maximum: 60, env: 'T_SECONDS' }),
    share: Type.Number({ default: 0.5 }),
  }),
  accounts: Type.Array(
    Type.Object({
      host: Type.String(),
      port: Type.Integer({ default: 993, minimum: 1, maximum: 65535 }),
      user: Type.Optional(Type.String()),
      folders: Type.Array(Type.String(), { default: ['INBOX'] }),
    }),
    { default: [], description: 'Accounts.' },
  ),
})
const DEFAULTS = {
  owner: 'owner',
  http: { hosts: ['a', 'b'], noAuth: false },
  limits: { seconds: 30, share: 0.5 },
  accounts: [],
}

const loadSample = (folders: ConfigFolders, env: NodeJS.ProcessEnv, schema = Sample) =>
  loadConfig({ name: 'sample', schema }, compileConfig(schema), folders, env)

/** Loads Sample from the files given by their names under `usr` and `etc`. */
async function load(files: Record<string, string>, env: NodeJS.ProcessEnv = {}, schema = Sample) {
  using folder = temporaryDirectory()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, name)), { recursive: true })
    writeFileSync(join(folder.path, name), text)
  }
  const [defaults, overrides] = [join(folder.path, 'usr'), join(folder.path, 'etc')]
  return await loadSample({ defaults, overrides }, env, schema).catch((error) => {
    if (error instanceof ConfigError) error.message = error.message.replaceAll(`${folder.path}/`, '')
    throw error
  })
}

const refused = (files: Record<string, string>, message: RegExp, env?: NodeJS.ProcessEnv) =>
  assert.rejects(load(files, env), (error) => {
    assert.ok(error instanceof ConfigError, String(error))
    assert.match(error.message, message)
    return true
  })

test('without any file the defaults of the schema hold, each time anew', async () => {
  const first = await load({})
  assert.deepEqual(first, DEFAULTS)
  first.http.hosts.push('changed')
  assert.deepEqual(await load({}), DEFAULTS)
})

test('each layer lies over the one before: sections merge, lists and values replace', async () => {
  const files = {
    'usr/sample.yaml':
      'owner: shipped\nhttp: {noAuth: true, hosts: [x, y, z]}\nlimits: {seconds: 10, share: 1}',
    'etc/sample.yaml': 'owner: own\nhttp:\n  hosts: [one]\nlimits: {seconds: 11}',
    'etc/sample.conf.d/20.yaml': 'limits: {seconds: 20}',
    'etc/sample.conf.d/10.yaml': 'limits: {seconds: 12}\nowner: dropped',
    'etc/sample.conf.d/notes.txt': 'not: [yaml',
  }
  assert.deepEqual(await load(files, { T_OWNER: 'variable' }), {
    owner: 'variable',
    http: { hosts: ['one'], noAuth: true },
    limits: { seconds: 20, share: 1 },
    accounts: [],
  })
})

test('variables are read as what the setting is, and an empty one counts as absent', async () => {
  const config = await load({}, { T_NO_AUTH: 'true', T_SECONDS: '45', T_OWNER: '' })
  assert.deepEqual([config.http.noAuth, config.limits.seconds, config.owner], [true, 45, 'owner'])
  assert.equal(
    (await load({ 'etc/sample.yaml': 'http: {noAuth: true}' }, { T_NO_AUTH: '0' })).http.noAuth,
    false,
  )
})

test('a variable that does not fit is refused by its name', async () => {
  await refused(
    {},
    /^variable T_SECONDS: limits\.seconds: is too large and must be a whole number from 1 to 60\.$/,
    { T_SECONDS: '61' },
  )
  await refused({}, /T_SECONDS/, { T_SECONDS: '3s' })
  await refused({}, /T_SECONDS/, { T_SECONDS: '1.5' })
  await refused({}, /^variable T_NO_AUTH: http\.noAuth: is text and must be true or false\.$/, {
    T_NO_AUTH: 'maybe',
  })
})

test('an unknown setting is refused with its line and what was probably meant', async () => {
  const text = '# about\nowner: me\nhttp:\n  hosts: [a]\n  noAuht: true\n'
  await refused(
    { 'etc/sample.yaml': text },
    /^etc\/sample\.yaml:5: http\.noAuht: is no setting\. Did you mean "noAuth"\?$/,
  )
  await refused(
    { 'etc/sample.conf.d/a.yaml': 'zzzzzzzz: 1' },
    /a\.yaml:1: zzzzzzzz: is no setting\. There are: owner, http, limits, accounts\.$/,
  )
})

for (const [text, message] of [
  ['owner: 12', /:1: owner: is a number and must be text; put it in quotes\.$/],
  ['\nhttp:\n  hosts: a', /:3: http\.hosts: is text and must be a list of texts\.$/],
  ['http:\n  hosts: [a, 1]', /:2: http\.hosts\[1\]: is a number/],
  ['http: {noAuth: "yes"}', /:1: http\.noAuth: is text and must be true or false/],
  ['limits:\n  seconds: 0', /:2: limits\.seconds: is too small and must be a whole number from 1 to 60/],
  ['limits:\n  seconds: 1.5', /:2: limits\.seconds: is not whole/],
  ['limits:\n  share: .nan', /:2: limits\.share: .*must be a number/],
  ['limits: [1]', /:1: limits: is a list and must be a section with seconds, share/],
  ['- a', /:1: the file: is a list and must be a section/],
] as const)
  test(`a wrong value is refused with its line: ${JSON.stringify(text)}`, () =>
    refused({ 'etc/sample.yaml': text }, message))

test('broken YAML is refused with its line', async () => {
  await refused({ 'etc/sample.yaml': 'owner: a\nhttp: [\n' }, /^etc\/sample\.yaml:\d: .*YAML/)
  await refused({ 'etc/sample.yaml': 'owner: a\nowner: b\n' }, /^etc\/sample\.yaml:2: .*YAML/)
  await refused({ 'etc/sample.yaml': 'owner: a\n---\nowner: b\n' }, /:3: a second YAML document begins here/)
})

test('files and sections that hold only comments change nothing', async () => {
  const files = {
    'usr/sample.yaml': '',
    'etc/sample.yaml': '# nothing\n',
    'etc/sample.conf.d/a.yaml': 'http:\n  # none',
  }
  assert.deepEqual(await load(files), DEFAULTS)
})

for (const key of ['__proto__', 'constructor', 'toString'])
  test(`the key ${key} is as unknown as any other`, async () => {
    await refused(
      { 'etc/sample.yaml': `http:\n  ${key}: {noAuth: true, polluted: 1}` },
      /:2: http\..*: is no setting/,
    )
    assert.equal(({} as { polluted?: number }).polluted, undefined)
  })

test('a file above 1 MiB and one that is a folder are refused', async () => {
  await refused({ 'etc/sample.yaml': `# ${'x'.repeat(1024 * 1024)}` }, /etc\/sample\.yaml: .*larger/)
  await refused({ 'etc/sample.yaml/file': '' }, /etc\/sample\.yaml: it cannot be read/)
})

test('a setting without a default must be set', async () => {
  const schema = Type.Object({ a: Type.Object({ must: Type.String(), may: Type.Optional(Type.String()) }) })
  // biome-ignore lint/suspicious/noExplicitAny: the helper is typed for Sample
  const loadOther = (text: string) => load({ 'etc/sample.yaml': text }, {}, schema as any)
  const isMissing = (text: string, place: RegExp) =>
    assert.rejects(
      loadOther(text),
      new RegExp(`^ConfigError: ${place.source}: a\\.must: has no default and must be set: text\\.$`),
    )
  await isMissing('', /etc\/sample\.yaml:1/)
  await isMissing('# Nothing yet.\n\n{}\n', /etc\/sample\.yaml:3/)
  await isMissing('# The account.\n\na:\n  may: x\n', /etc\/sample\.yaml:3/)
  await isMissing('\na:\n', /etc\/sample\.yaml:2/)
  assert.deepEqual(await loadOther('a: {must: x}'), { a: { must: 'x' } })
})

for (const [what, child, why] of [
  ['a union of forms', Type.Union([Type.String(), Type.Object({})]), /"allowed" must say/],
  ['a pattern alone', Type.String({ pattern: '^a' }), /needs "allowed"/],
  ['anything', Type.Unknown(), /nothing of what may stand there/],
  ['a variable for a list', Type.Array(Type.String(), { env: 'X' }), /single values alone/],
] as const)
  test(`a schema with ${what} makes no validator, for its mistakes could not be put into words`, () => {
    const schema = Type.Object({ inner: Type.Object({ child }) })
    assert.throws(() => compileConfig(schema), why)
    assert.throws(() => compileConfig(schema), /"inner\.child" is not supported/)
  })

test('the example explains every setting, and loading it gives the defaults', async () => {
  const text = exampleYaml(Sample)
  for (const part of ['# Who owns it.', 'T_OWNER', '  # Names.', '  seconds: 30'])
    assert.ok(text.includes(part), text)
  const moved = {
    'usr/sample.yaml': 'owner: x\nhttp: {noAuth: true, hosts: []}\nlimits: {seconds: 1, share: 2}',
  }
  assert.deepEqual(await load({ ...moved, 'etc/sample.yaml': text }), DEFAULTS)
})

test('a configuration that is no file is refused by its name and kind, and nothing is waited for', async () => {
  for (const [name, why] of [
    ['etc/sample.yaml', /etc\/sample\.yaml: it cannot be read: .* is a pipe \(FIFO\), not a file/],
    ['etc/sample.conf.d/10.yaml', /10\.yaml: it cannot be read: .* is a pipe/],
    ['usr/sample.yaml', /usr\/sample\.yaml: it cannot be read: .* is a pipe/],
  ] as const) {
    using folder = temporaryDirectory()
    const path = join(folder.path, name)
    mkdirSync(dirname(path), { recursive: true })
    execFileSync('mkfifo', [path])
    const [defaults, overrides] = [join(folder.path, 'usr'), join(folder.path, 'etc')]
    await assert.rejects(loadSample({ defaults, overrides }, {}), why)
  }
})

test('a key that would steer a terminal is shown without that', async () => {
  await assert.rejects(load({ 'etc/sample.yaml': '"a\\e[2J\\x9bb\\u202e": 1\n' }), (error: Error) => {
    assert.match(error.message, /:1: a\uFFFD\[2J\uFFFDb\uFFFD: is no setting/)
    return true
  })
})

test('items of a list are objects: each has its defaults, and its mistakes by its number and line', async () => {
  const { accounts } = await load({
    'etc/sample.yaml': 'accounts:\n  - host: a\n  - {host: b, port: 143, folders: []}',
  })
  assert.deepEqual(accounts, [
    { host: 'a', port: 993, folders: ['INBOX'] },
    { host: 'b', port: 143, folders: [] },
  ])
  const text =
    'accounts:\n  - host: a\n    port: 99999\n  - prot: 1\n  -\n  - host: c\n    folders:\n      - 7'
  await assert.rejects(load({ 'etc/sample.yaml': text }), {
    message: [
      'etc/sample.yaml:1: accounts[2]: is nothing and must be a section with host, port, user, folders.',
      'etc/sample.yaml:3: accounts[0].port: is too large and must be a whole number from 1 to 65535.',
      'etc/sample.yaml:4: accounts[1].host: has no default and must be set: text.',
      'etc/sample.yaml:4: accounts[1].prot: is no setting. Did you mean "port"?',
      'etc/sample.yaml:8: accounts[3].folders[0]: is a number and must be text; put it in quotes.',
    ].join('\n'),
  })
})

test('all mistakes of all files and variables are reported at once, up to twenty of them', async () => {
  const files = {
    'usr/sample.yaml': 'owner: [',
    'etc/sample.yaml': 'onwer: x\nhttp:\n  hosts: 1\n',
    'etc/sample.conf.d/1.yaml': 'limits: {seconds: 0}',
  }
  await refused(
    files,
    /^usr\/sample\.yaml:1: .*\n.*:1: onwer: .*\n.*:3: http\.hosts: .*\n.*1\.yaml:1: .*\nvariable T_NO_AUTH: /,
    {
      T_NO_AUTH: 'x',
    },
  )
  const many = Array.from({ length: 50 }, (_, i) => `wrong${i}: 1`).join('\n')
  await refused({ 'etc/sample.yaml': many }, /^(.*\n){20}… and 30 more mistakes\.$/)
})

test('a key with nothing behind it is not set', async () => {
  const text = 'owner:\nhttp:\n  hosts: # [x]\nlimits: ~\n'
  assert.deepEqual(await load({ 'etc/sample.yaml': text }), DEFAULTS)
})

test('no message has a value in it, whatever was mistyped', async () => {
  for (const secret of [
    'owner: {a: hunter2}',
    'owner: *hunter2',
    'owner: !hunter2 x',
    'http: hunter2',
    'owner: "hunter2\n',
    'limits: {seconds: hunter2}',
    'accounts: [hunter2]',
    'accounts: [{host: a, port: hunter2}]',
    'owner: "\\hunter2"',
    'owner: &hunter2',
    '%hunter2',
    '!<hunter2> a: b',
  ])
    await load({ 'etc/sample.yaml': secret }).then(
      () => {},
      (error: Error) => {
        assert.ok(error instanceof ConfigError, String(error))
        assert.doesNotMatch(error.message, /hunter/)
      },
    )
})

test('what an editor may have done to a file is reported with its line', async () => {
  for (const [bytes, why] of [
    [Buffer.from('owner: a\nhttp:\n\thosts: [a]\n'), /:3: this is not valid YAML: .*tab/i],
    [Buffer.from('owner: a\n# caf\xe9\n', 'latin1'), /:2: this is not UTF-8 text/],
    [Buffer.from('\ufeffowner: a\n', 'utf16le'), /:1: this is UTF-16 text/],
    [Buffer.from('owner: a\0b\n'), /:1: this is not valid YAML/],
    [Buffer.from('owner: a\nhttp: {}\nowner: b\n'), /:3: .*this key stands twice/],
    [Buffer.from('<<: {owner: a}\n'), /:1: <<: is no setting/],
    [Buffer.from('- '.repeat(5000)), /not valid YAML: nesting exceeded/],
  ] as const)
    await refused({ 'etc/sample.yaml': bytes as unknown as string }, why)
  const marked = { 'etc/sample.yaml': '\ufeffowner: me\r\nhttp:\r\n  noAuth: true\r\n' }
  assert.equal((await load(marked)).http.noAuth, true)
})

test('aliases stand for what they name; a bomb of them, and one that holds itself, are refused', async () => {
  const shared = 'http: {hosts: &names [x, y]}\naccounts: [{host: a, folders: *names}]\n'
  const { http, accounts } = await load({ 'etc/sample.yaml': shared })
  assert.deepEqual(
    [http.hosts, accounts[0]?.folders],
    [
      ['x', 'y'],
      ['x', 'y'],
    ],
  )
  assert.notEqual(http.hosts, accounts[0]?.folders)
  const wrong = 'http: {hosts: &names [x, 1]}\n\naccounts:\n - {host: a, folders: *names}\n'
  await refused({ 'etc/sample.yaml': wrong }, /:1: http\.hosts\[1\].*\n.*:1: accounts\[0\]\.folders\[1\]/)
  const bomb = Array.from({ length: 30 }, (_, i) => `x${i}: &a${i} [${i > 0 ? `*a${i - 1}, *a${i - 1}` : 1}]`)
  await refused(
    { 'etc/sample.yaml': bomb.join('\n') },
    /:1\d: .*holds more than 100000 values, aliases written out/,
  )
  await refused({ 'etc/sample.yaml': 'owner: &a [*a]' }, /:1: this alias names nothing that stands before it/)
  await refused({ 'etc/sample.yaml': 'owner: &a 1\nhttp: &a {hosts: [*a]}' }, /:2: this alias names nothing/)
})

test('whatever a file holds is read, or refused with its name: never anything else, and the same each time', async () => {
  const word = fc.constantFrom(
    'owner',
    'http',
    'hosts',
    'limits',
    'seconds',
    'accounts',
    'host',
    'port',
    '__proto__',
    'true',
    '7',
    '*a',
    '&a',
    '!x',
    '- ',
    ': ',
    '\n',
    '\n  ',
    '\t',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '|',
    '>',
    '#',
    '~',
    '<<',
    '---',
    'é',
    '\0',
  )
  const settings = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue(),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom('owner', 'http', 'hosts', 'limits', 'accounts', 'host', 'folders', '__proto__'),
        tie('any'),
      ),
    ),
  })).any
  const text = fc.oneof(
    fc.array(word).map((words) => words.join('')),
    settings.map((value) => JSON.stringify(value)),
    fc.string({ unit: 'binary' }),
  )
  await fc.assert(
    fc.asyncProperty(text, async (text) => {
      const outcome = () => load({ 'etc/sample.yaml': text }).catch((error: Error) => error)
      const first = await outcome()
      if (first instanceof Error) {
        assert.ok(first instanceof ConfigError, `${first.stack}`)
        assert.match(first.message, /^etc\/sample\.yaml(:\d+)?: ./)
      } else {
        assert.deepEqual(Object.keys(first).sort(), Object.keys(DEFAULTS).sort())
        assert.equal(Object.getPrototypeOf(first.http), Object.prototype)
        // What was read is right: written down and read again it is the same.
        assert.deepEqual(await load({ 'etc/sample.yaml': JSON.stringify(first) }), first)
      }
      assert.deepEqual(await outcome(), first)
    }),
    { numRuns: 300 },
  )
})
