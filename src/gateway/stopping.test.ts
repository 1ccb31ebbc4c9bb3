import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Stopping } from './stopping.ts'

function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] })
  const did: string[] = []
  const does = (what: string) => () => void did.push(what)
  let inFlight = 0
  const resources: { close(): void | Promise<void> }[] = [
    { close: does('backends') },
    { close: async () => does('state')() },
  ]
  const stopping = new Stopping({
    notifier: { stopping: does('told the manager') },
    sources: [{ close: does('watcher') }, { close: does('listener') }],
    transports: [{ endSubscriptions: does('http') }, { endSubscriptions: does('unix') }],
    inFlight: () => inFlight,
    resources,
    onProblem: (error) => does(String(error))(),
    exit: does('exit'),
  })
  const begun = ['told the manager', 'watcher', 'listener', 'http', 'unix']
  return {
    stopping,
    resources,
    did,
    begun,
    ended: [...begun, 'backends', 'state'],
    calls: (count: number) => {
      inFlight = count
    },
  }
}

test('nothing new is taken at once, and what calls need goes when they have ended', async (t) => {
  const { stopping, did, begun, ended, calls } = setUp(t)
  calls(1)
  assert.equal(stopping.hasBegun, false)
  stopping.begin()
  assert.equal(stopping.hasBegun, true)
  t.mock.timers.tick(9000)
  assert.deepEqual(did, begun)
  calls(0)
  t.mock.timers.tick(20)
  await Promise.resolve()
  assert.deepEqual(did, ended, 'the last answers have a turn to leave')
  await nextTurn()
  await nextTurn()
  t.mock.timers.tick(9000)
  await nextTurn()
  assert.deepEqual(did, [...ended, 'exit'])
})

test('calls that do not end are waited for so long and no longer', async (t) => {
  const { stopping, did, begun, ended, calls } = setUp(t)
  calls(1)
  stopping.begin()
  t.mock.timers.tick(9980)
  assert.deepEqual(did, begun)
  t.mock.timers.tick(20)
  await nextTurn()
  await nextTurn()
  assert.deepEqual(did, [...ended, 'exit'])
})

test('a gateway that is asked twice to stop stops once', (t) => {
  const { stopping, did, begun, calls } = setUp(t)
  calls(1)
  stopping.begin()
  stopping.begin()
  assert.deepEqual(did, begun)
})

test('what can’t be closed is reported, and all else is closed', async (t) => {
  const { stopping, did, begun, resources } = setUp(t)
  resources.unshift({ close: () => Promise.reject(new Error('the disk is full')) })
  stopping.begin()
  t.mock.timers.tick(20)
  for (let turns = 0; turns < 3; turns++) await nextTurn()
  assert.deepEqual(did, [...begun, 'Error: the disk is full', 'backends', 'state', 'exit'])
})
