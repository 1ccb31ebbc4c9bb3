import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Type } from 'typebox'
import { ConfigError, exampleYaml, loadConfig } from './config.ts'
import { temporaryDirectory } from './testing/temporary-directory.ts'

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
})
const DEFAULTS = {
  owner: 'owner',
  http: { hosts: ['a', 'b'], noAuth: false },
  limits: { seconds: 30, share: 0.5 },
}

/** Loads Sample from the files given by their names under `usr` and `etc`. */
async function load(files: Record<string, string>, env: NodeJS.ProcessEnv = {}, schema = Sample) {
  using folder = temporaryDirectory()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, name)), { recursive: true })
    writeFileSync(join(folder.path, name), text)
  }
  const [defaults, overrides] = [join(folder.path, 'usr'), join(folder.path, 'etc')]
  return await loadConfig(schema, { name: 'sample', defaults, overrides }, env).catch((error) => {
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
  await refused({}, /T_SECONDS must be a whole number from 1 to 60/, { T_SECONDS: '61' })
  await refused({}, /T_SECONDS/, { T_SECONDS: '3s' })
  await refused({}, /T_SECONDS/, { T_SECONDS: '1.5' })
  await refused({}, /T_NO_AUTH must be true or false/, { T_NO_AUTH: 'maybe' })
})

test('an unknown setting is refused with its line and what was probably meant', async () => {
  const text = '# about\nowner: me\nhttp:\n  hosts: [a]\n  noAuht: true\n'
  await refused(
    { 'etc/sample.yaml': text },
    /^etc\/sample\.yaml:5: .*"http\.noAuht".*Did you mean "noAuth"\?$/,
  )
  await refused(
    { 'etc/sample.conf.d/a.yaml': 'zzzzzzzz: 1' },
    /a\.yaml:1: .*There are: owner, http, limits\.$/,
  )
})

for (const [text, message] of [
  ['owner: 12', /:1: "owner" must be a text/],
  ['\nhttp:\n  hosts: a', /:3: "http.hosts" must be a list of texts/],
  ['http:\n  hosts: [a, 1]', /:2: "http.hosts"/],
  ['http: {noAuth: "yes"}', /:1: "http.noAuth" must be true or false/],
  ['limits:\n  seconds: 0', /:2: "limits.seconds" must be a whole number from 1 to 60/],
  ['limits:\n  seconds: 1.5', /:2: "limits.seconds"/],
  ['limits:\n  share: .nan', /:2: "limits.share" must be a number/],
  ['limits: [1]', /:1: "limits" must be a section/],
  ['- a', /:1: the file must be a section/],
  ['owner: null', /:1: "owner" must be a text/],
] as const)
  test(`a wrong value is refused with its line: ${JSON.stringify(text)}`, () =>
    refused({ 'etc/sample.yaml': text }, message))

test('broken YAML is refused with its line', async () => {
  await refused({ 'etc/sample.yaml': 'owner: a\nhttp: [\n' }, /^etc\/sample\.yaml:\d: .*YAML/)
  await refused({ 'etc/sample.yaml': 'owner: a\nowner: b\n' }, /^etc\/sample\.yaml:2: .*YAML/)
  await refused({ 'etc/sample.yaml': 'owner: a\n---\nowner: b\n' }, /one YAML document/)
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
    await refused({ 'etc/sample.yaml': `http:\n  ${key}: {noAuth: true, polluted: 1}` }, /:2: .*no setting/)
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
  await assert.rejects(loadOther(''), /etc\/sample\.yaml: "a\.must" has no default/)
  assert.deepEqual(await loadOther('a: {must: x}'), { a: { must: 'x' } })
})

for (const [what, child] of [
  ['a union', Type.Union([Type.String(), Type.Number()])],
  ['a pattern', Type.String({ pattern: '^a' })],
  ['an array of numbers', Type.Array(Type.Number())],
  ['a variable for a list', Type.Array(Type.String(), { env: 'X' })],
] as const)
  test(`a schema with ${what} is refused, for it would not be checked`, async () => {
    const schema = Type.Object({ inner: Type.Object({ child }) })
    await assert.rejects(loadConfig(schema, { name: 'sample' }, {}), /"inner\.child" is not supported/)
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

test('a configuration that is no file is refused by its name and kind, and nobody is waited for', async () => {
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
    await assert.rejects(loadConfig(Sample, { name: 'sample', defaults, overrides }, {}), why)
  }
})

test('a key that would steer a terminal is shown without that', async () => {
  await assert.rejects(load({ 'etc/sample.yaml': '"a\\e[2J\\x9bb\\u202e": 1\n' }), (error: Error) => {
    assert.match(error.message, /there is no setting "a\uFFFD\[2J\uFFFDb\uFFFD"/)
    return true
  })
})
