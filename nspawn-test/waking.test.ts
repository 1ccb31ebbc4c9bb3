/** Servers that wake themselves and hear events, from within the sandbox of every server. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { clock, ear } from '../test/waking-server/server.ts'
import { addFixtures, descriptorsOf, exposureOf, withinSandbox } from './fixture-servers.ts'
import { System } from './system.ts'

const TIME = 'mcp-time@ada.service'
const unitOf = (name: string) => `mcp-${name}@ada.service`
const NOTED = 'LLMBDO_WAKING_LOG'

let system: System

before(async () => {
  system = await System.boot()
  await system.out(['luca', 'user', 'add', 'ada'])
  await addFixtures(system, 'ada', 'test/waking-server', [clock, ear], (name) => ({
    [NOTED]: `/var/cache/llmbasedos/${name}/%i/noted`,
  }))
  await system.until('the gateway knows the servers', async () =>
    (await system.out(['luca', 'tools'], { user: 'ada' })).includes('ear_hear'),
  )
})
after(() => system?.stop())

const call = (tool: string, args: object) =>
  system.out(['luca', 'call', tool, JSON.stringify(args)], { user: 'ada' })
const notesOf = (name: string) => `/var/cache/private/llmbasedos/${name}/ada/noted`
/** What a server was called for, of which there is something with this in it. */
const noted = (name: string, what: string) =>
  system.until(`${name} was called for ${what}`, async () => {
    const { stdout } = await system.run(['cat', notesOf(name)])
    return stdout.split('\n').find((line) => line.includes(what))
  })
/** Has a server not return from what it is called for, while something is looked at. */
async function held(name: string, look: () => Promise<void>): Promise<void> {
  await system.put(`${notesOf(name)}.hang`, '')
  try {
    await look()
  } finally {
    await system.out(['rm', `${notesOf(name)}.hang`])
  }
}
async function hasNoMoreThanTime(unit: string): Promise<void> {
  await call('time_get_current_time', {})
  const within = await withinSandbox(system, unit)
  const variables = within.variables.filter((name) => name !== NOTED)
  assert.deepEqual({ ...within, variables }, await withinSandbox(system, TIME))
  assert.deepEqual(await descriptorsOf(system, unit), await descriptorsOf(system, TIME))
}

test('a server that sleeps is woken at its time, and calls another then; its sandbox has no more than that of time', async () => {
  await call('clock_at', { key: 'ask at its time', time: Date.now() + 5000 })
  assert.match(await system.out(['luca', 'schedule', 'list'], { user: 'ada' }), /ask at its time/)
  await system.putToSleep(unitOf('clock'))
  await held('clock', async () => {
    assert.match(await noted('clock', 'ask at its time'), /"late":false.*"asked":true/)
    await hasNoMoreThanTime(unitOf('clock'))
  })
  await system.until(
    'the entry is done',
    async () =>
      !(await system.out(['luca', 'schedule', 'list'], { user: 'ada' })).includes('ask at its time'),
  )
})

test('a server that sleeps is woken by an event that it wants to hear; its sandbox has no more than that of time', async () => {
  await call('ear_hear', { name: 'clock.struck' })
  await system.putToSleep(unitOf('ear'))
  await held('ear', async () => {
    await call('clock_tell', { name: 'clock.struck', data: { id: 7 } })
    assert.match(await noted('ear', '"id":7'), /"heard":\[\{"id":7\}\]/)
    await hasNoMoreThanTime(unitOf('ear'))
  })
})

test('their units are as little exposed as that of time', async () => {
  for (const name of ['clock', 'ear'])
    assert.equal(await exposureOf(system, unitOf(name)), await exposureOf(system, TIME))
})
