import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as after } from 'node:timers/promises'
import { describeThirdParty } from '../contracts/third-party.ts'
import { temporaryDirectory } from '../host/testing/temporary-directory.ts'
import { createUsers } from './auth/users.ts'
import { Catalogue } from './routing/catalogue.ts'
import { Descriptors, ModelNames, watchUsers } from './watching.ts'

/** Resolves once something holds; fails where it never does. */
async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!holds()) {
    assert.ok(Date.now() < deadline, 'it never came about')
    await after(10)
  }
}

function quietLog() {
  const told: { fields: object; message: string }[] = []
  const tell = (fields: object, message: string) => void told.push({ fields, message })
  return { told, log: { info: tell, warn: tell } as never }
}

const described = (name: string) =>
  JSON.stringify(
    describeThirdParty({
      name,
      offer: {
        tools: [{ name: 'tool', description: '', inputSchema: { type: 'object' } }],
        prompts: [],
        resources: [],
        resourceTemplates: [],
      },
      pins: {},
    }),
  )

test('descriptors are there from the start, come and go, and one that can’t be used is reported once', async () => {
  using folder = temporaryDirectory()
  const path = (name: string) => join(folder.path, `${name}.cap.json`)
  const catalogue = new Catalogue({ title: '', version: '', instructions: '' })
  const { told, log } = quietLog()
  writeFileSync(path('one'), described('one'))
  writeFileSync(path('broken'), '{')
  const descriptors = await Descriptors.watch([folder.path], catalogue, log)
  try {
    assert.ok(catalogue.has('one'))
    assert.deepEqual([...descriptors.problems.keys()], [path('broken')])
    writeFileSync(path('two'), described('two'))
    await until(() => catalogue.has('two'))
    rmSync(path('one'))
    await until(() => !catalogue.has('one'))
    assert.deepEqual(
      told.map(({ message }) => message),
      ['a descriptor is left out'],
    )
    rmSync(path('broken'))
    await until(() => descriptors.problems.size === 0)
  } finally {
    descriptors.close()
  }
})

test('a change that breaks the names of models leaves them as they were, until it is mended', async () => {
  using folder = temporaryDirectory()
  const path = join(folder.path, 'models.yaml')
  const started = { of: 'the start' } as never
  const { told, log } = quietLog()
  const names = new ModelNames(folder.path, started, log)
  try {
    assert.deepEqual([names.aliases, names.problem], [started, undefined])
    writeFileSync(path, 'models: 7\n')
    await until(() => names.problem !== undefined)
    assert.ok(names.problem?.includes(path))
    assert.equal(names.aliases, started)
    assert.equal(told.at(-1)?.message, 'the names of models stay as they were')
    writeFileSync(path, '{}\n')
    await until(() => names.problem === undefined)
    assert.notEqual(names.aliases, started)
  } finally {
    names.close()
  }
})

test('a user’s tokens end with the account, also where it went while the gateway was away', async () => {
  using folder = temporaryDirectory()
  const record = (name: string) => join(folder.path, `${name}.user`)
  for (const name of ['ada', 'bob']) writeFileSync(record(name), JSON.stringify({ userName: name }))
  const tokens = ['ada', 'bob', 'carl'].map((user) => ({ id: user, name: 'phone', user }))
  const revoked: string[] = []
  let looks = 0
  const { log } = quietLog()
  const watched = watchUsers({
    folder: folder.path,
    users: createUsers(folder.path, 'ada'),
    auth: { usersChanged: () => void looks++ },
    tokens: {
      list: () => tokens.filter(({ id }) => !revoked.includes(id)),
      revoke: (id: string) => void revoked.push(id),
    } as never,
    log,
  })
  try {
    assert.deepEqual([looks, revoked], [1, ['carl']])
    rmSync(record('bob'))
    await until(() => revoked.includes('bob'))
    assert.deepEqual(revoked, ['carl', 'bob'])
    assert.ok(looks > 1)
  } finally {
    watched.close()
  }
})
