import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { yamlParser } from '../../../host/config/yaml.ts'
import { readSettings } from '../../../host/testing/read-settings.ts'
import { validate } from './generated/tiers.config.ts'
import { readKey } from './key.ts'
import { Licence, type LicenceSummary } from './licence.ts'
import { compilePatterns, intersectPatterns } from './patterns.ts'
import { config } from './tiers.config.ts'

const DAY_MS = 86_400_000
const readTiers = (value: unknown) => readSettings(config, validate, value)
const NOON = Date.parse('2026-06-15T12:00:00Z')

async function opened(t: TestContext, files: { key?: string; tiers?: string } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'licence-'))
  const path = join(folder, 'licence.key')
  const tiersPath = join(folder, 'tiers.yaml')
  if (files.key !== undefined) await writeFile(path, files.key)
  if (files.tiers !== undefined) await writeFile(tiersPath, files.tiers)
  const clock = { now: NOON }
  const told: LicenceSummary[] = []
  const licence = await Licence.open({
    path,
    tiersPath,
    onChange: (summary) => void told.push(summary),
    now: () => clock.now,
  })
  t.after(async () => {
    licence.close()
    await rm(folder, { recursive: true, force: true })
  })
  return { licence, clock, told, path, tiersPath, folder }
}

test('without a file the owner may do everything, without a limit', async (t) => {
  const { licence } = await opened(t)
  const grant = licence.grant(undefined)
  assert.equal(grant.tier, 'OWNER')
  assert.ok(grant.allows('whatever.there.is'))
  assert.equal(grant.rate, undefined)
  assert.equal(licence.summary.valid, true)
})

const VALID: [what: string, text: string, expiresAt: number | null][] = [
  ['one line', 'PRO:ada:2026-06-15\n', Date.parse('2026-06-16T00:00:00Z')],
  [
    'YAML with a day',
    'tier: PRO\nuser_id: ada\nexpires_at: 2026-06-15\n',
    Date.parse('2026-06-16T00:00:00Z'),
  ],
  [
    'YAML with a moment',
    'tier: PRO\nuser_id: ada\nexpires_at: "2026-06-15T18:00:00+02:00"',
    Date.parse('2026-06-15T16:00:00Z'),
  ],
  [
    'JSON',
    '{"tier": "PRO", "user_id": "ada", "expires_at": "2027-01-01"}',
    Date.parse('2027-01-02T00:00:00Z'),
  ],
  ['JSON without an end', '{"tier": "PRO", "user_id": "ada", "expires_at": null}', null],
  ['YAML without an end', 'tier: PRO\nuser_id: ada\nexpires_at: never\n', null],
]
for (const [what, key, expiresAt] of VALID)
  test(`a licence as ${what} grants its tier`, async (t) => {
    const { licence } = await opened(t, { key })
    const { tier, valid, user, keyId, ...rest } = licence.summary
    assert.deepEqual({ tier, valid, user }, { tier: 'PRO', valid: true, user: 'ada' })
    assert.equal(rest.expiresAt, expiresAt)
    assert.match(keyId ?? '', /^[0-9a-f]{16}$/)
    assert.equal(licence.grant(undefined).rate?.requests, 5000)
    assert.ok(licence.grant(undefined).allows('fs.write'))
    assert.ok(!licence.grant(undefined).allows('sandbox.run'))
  })

const INVALID: [what: string, text: string, note: RegExp][] = [
  ['garbage', '\u0000\u0001 not a licence [', /can't be used/],
  ['nothing at all', '', /can't be used/],
  ['an unknown tier', 'GOLD:ada:2030-01-01', /"GOLD".*not known/],
  ['the owner’s tier', 'OWNER:ada:2030-01-01', /"OWNER".*not known/],
  ['an expired key', 'ELITE:ada:2026-06-14', /ended at 2026-06-15T00:00:00/],
  ['a day that is none', 'PRO:ada:2026-02-30', /no day/],
  ['a mapping without its end', 'tier: PRO\nuser_id: ada\n', /expires_at/],
  ['a mapping whose end is cut off', 'tier: PRO\nuser_id: ada\nexpires_at:', /expires_at/],
  ['a mapping without its user', 'tier: PRO\nexpires_at: 2030-01-01\n', /user_id/],
  ['JSON that is cut off', '{"tier": "PRO", "user_id": "ada", "expi', /can't be used/],
  ['a list', '- PRO\n- ada\n', /neither/],
]
for (const [what, key, note] of INVALID)
  test(`${what} grants no more than FREE, and says so`, async (t) => {
    const { licence, told } = await opened(t, { key })
    const grant = licence.grant(undefined)
    assert.equal(grant.tier, 'FREE')
    assert.ok(grant.allows('fs.read') && grant.allows('mcp.hello') && !grant.allows('fs.write'))
    assert.equal(grant.rate?.requests, 100)
    assert.equal(licence.summary.valid, false)
    assert.match(licence.summary.note, note)
    assert.equal(told.at(-1)?.valid, false)
  })

test('no beginning of a licence grants more than FREE', async () => {
  const parse = await yamlParser('licence')
  const whole = VALID.map(([, text]) => text.trimEnd())
  for (const text of whole)
    for (let length = 0; length < text.length; length++) {
      const cut = text.slice(0, length)
      let expiresAt: number | null | undefined
      try {
        expiresAt = readKey(cut, parse).expiresAt
      } catch {
        continue
      }
      // What still reads as a key ends no later than the whole one.
      assert.ok(expiresAt !== null && expiresAt <= (readKey(text, parse).expiresAt ?? 0), JSON.stringify(cut))
    }
})

test('any text is a key or is refused; nothing else is thrown', async () => {
  const parse = await yamlParser('licence')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        readKey(text, parse)
      } catch (error) {
        assert.ok(error instanceof Error && error.message !== '')
      }
    }),
  )
})

test('a licence ends at its moment, while the gateway runs, and a clock set back brings it back', async (t) => {
  const { licence, clock, told } = await opened(t, { key: 'PRO:ada:2026-06-15' })
  const before = licence.grant(undefined)
  assert.equal(licence.grant(undefined), before, 'one object as long as nothing changes')
  clock.now += DAY_MS
  assert.equal(licence.grant(undefined).tier, 'FREE')
  assert.match(told.at(-1)?.note ?? '', /ended/)
  clock.now -= DAY_MS
  assert.equal(licence.grant(undefined).tier, 'PRO')
})

test('a file that comes, changes or goes is read again by itself', async (t) => {
  const { licence, path, folder } = await opened(t)
  const becomes = async (tier: string) => {
    const deadline = Date.now() + 10_000
    while (licence.grant(undefined).tier !== tier) {
      assert.ok(Date.now() < deadline, `not ${tier} in time`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  await writeFile(path, 'FREE:ada:2030-01-01')
  await becomes('FREE')
  await writeFile(join(folder, 'new'), 'ELITE:ada:2030-01-01')
  await rename(join(folder, 'new'), path)
  await becomes('ELITE')
  await rm(path)
  await becomes('OWNER')
})

test('a token’s tier narrows the licence and never widens it', async (t) => {
  const { licence } = await opened(t)
  assert.equal(licence.grant('FREE').tier, 'FREE')
  assert.equal(licence.grant('FREE').rate?.requests, 100)
  assert.ok(!licence.grant('FREE').allows('fs.write'))

  const free = (await opened(t, { key: 'FREE:ada:2030-01-01' })).licence
  assert.ok(!free.grant('ELITE').allows('fs.write'))
  assert.equal(free.grant('ELITE').rate?.requests, 100)
})

test('a token of a narrow tier gains nothing when the licence ends', async (t) => {
  const tiers = 'GUEST: {rate_limit_requests: 7, allowed_capabilities: [fs.list, mail.*]}'
  const { licence, clock } = await opened(t, { key: 'ELITE:ada:2026-06-15', tiers })
  assert.ok(licence.grant('GUEST').allows('mail.send'))
  clock.now += DAY_MS
  const { tier, rate, allows } = licence.grant('GUEST')
  assert.deepEqual([tier, rate?.requests], ['FREE', 7])
  assert.ok(allows('fs.list') && !allows('fs.read') && !allows('mail.send'))
  assert.deepEqual(licence.tier('GUEST').capabilities, ['fs.list'])
})

test('of the licence’s limits and the token’s tier’s the tighter ones count', async (t) => {
  const tiers =
    'WIDE: {rate_limit_requests: 0, allowed_capabilities: ["*"], llm_access: true, allowed_llm_models: [small], max_llm_tokens_per_day: 5}'
  const { licence } = await opened(t, { key: 'PRO:ada:2030-01-01', tiers })
  const { requests, capabilities, llm } = licence.tier('WIDE')
  assert.equal(requests, 5000)
  assert.ok(capabilities.includes('fs.*') && !capabilities.includes('*'))
  assert.deepEqual(llm, { access: true, models: ['small'], tokensPerRequest: 4096, tokensPerDay: 5 })
})

const TEAM = '{rate_limit_requests: 7, rate_limit_window_seconds: 60, allowed_capabilities: [time.*]}'
for (const [where, tiers] of [
  ['at the root', `TEAM: ${TEAM}`],
  ['under "tiers"', `tiers:\n  TEAM: ${TEAM}`],
] as const)
  test(`tiers of a file count, ${where}, beside those that need none`, async (t) => {
    const { licence } = await opened(t, { key: 'TEAM:ada:2030-01-01', tiers })
    const { rate, allows } = licence.grant(undefined)
    assert.deepEqual(rate, { requests: 7, windowMs: 60_000 })
    assert.ok(allows('time.read') && !allows('fs.read'))
    assert.ok(licence.hasTier('PRO'))
  })

test('with a mistake in the file of tiers there are none but OWNER and FREE, and the mistake is reported', async (t) => {
  const tiers = 'PRO: {rate_limit_requests: 5, surprise: 1}'
  const { licence, told, tiersPath } = await opened(t, { key: 'PRO:ada:2030-01-01', tiers })
  assert.match(licence.summary.note, /"PRO", which is not known.*tiers\.yaml:1: PRO\.surprise: is no setting/)
  assert.equal(told.length, 1)
  // The file may have narrowed PRO, so that the PRO which needs no file would be too much.
  assert.equal(licence.grant(undefined).tier, 'FREE')
  assert.ok(!licence.hasTier('PRO'))
  await writeFile(tiersPath, 'PRO: {rate_limit_requests: 5}')
  await licence.reload()
  assert.equal(licence.grant(undefined).rate?.requests, 5)
})

test('a tier that names no limit of requests has no more of them than FREE', () => {
  assert.equal(readTiers({ X: {} })[0]?.requests, 100)
  assert.equal(readTiers({ X: { rate_limit_requests: 0 } })[0]?.requests, 0)
})

test('what can’t be a file of tiers is refused', () => {
  for (const tiers of [
    [],
    { X: 1 },
    { OWNER: {} },
    { X: { rate_limit_requests: -1 } },
    { X: { llm_access: 'yes' } },
    { X: { allowed_capabilities: 'fs.*' } },
  ])
    assert.throws(() => readTiers(tiers), JSON.stringify(tiers))
})

test('patterns: everything, a prefix, one name, with or without "mcp."', () => {
  const allows = compilePatterns(['fs.*', 'sync.list*', 'mcp.hello', 'time.read'])
  for (const name of ['fs.read', 'mcp.fs.read', 'sync.listJobs', 'hello', 'mcp.hello', 'time.read'])
    assert.ok(allows(name), name)
  for (const name of ['fs', 'fsx.read', 'sync.runJob', 'hello.x', 'time.readmore', ''])
    assert.ok(!allows(name), name)
  assert.ok(compilePatterns(['*'])('anything'))
  assert.ok(!compilePatterns([])('anything'))
})

test('what two lists of patterns both name is what each of them names', () => {
  const part = fc.constantFrom('fs', 'mail', 'list', 'listJobs', 'read')
  const name = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'))
  const pattern = fc.oneof(
    name,
    name.map((n) => `${n}*`),
    name.map((n) => `mcp.${n}`),
    fc.constant('*'),
  )
  const list = fc.array(pattern, { maxLength: 4 })
  fc.assert(
    fc.property(list, list, name, (a, b, capability) => {
      const both = compilePatterns(intersectPatterns(a, b))(capability)
      assert.equal(both, compilePatterns(a)(capability) && compilePatterns(b)(capability))
    }),
  )
})

test('of two readings at once, the one of the later change counts', async (t) => {
  const { licence, path } = await opened(t)
  const readings: Promise<void>[] = []
  for (const tier of ['FREE', 'PRO', 'ELITE']) {
    await writeFile(path, `${tier}:ada:2030-01-01`)
    readings.push(licence.reload())
  }
  await Promise.all(readings)
  assert.equal(licence.grant(undefined).tier, 'ELITE')
})

test('a token whose tier is not known, or not any longer, may do nothing', async (t) => {
  const tiers = 'GUEST: {allowed_capabilities: [fs.list]}'
  const { licence, tiersPath, told } = await opened(t, { tiers })
  const may = (tier: string) => ['fs.list', 'fs.read', 'mcp.hello'].filter(licence.grant(tier).allows)
  assert.deepEqual([may('GUEST'), may('NEVER_THERE')], [['fs.list'], []])
  await writeFile(tiersPath, 'GUEST: {allowed_capabilities: [fs.list')
  await licence.reload()
  // Who was kept from reading must not read now as FREE may.
  assert.deepEqual(may('GUEST'), [])
  assert.equal(told.at(-1)?.tiersValid, false)
  await writeFile(tiersPath, tiers)
  await licence.reload()
  assert.deepEqual(may('GUEST'), ['fs.list'])
})
