/** Against what iwd says over D-Bus, as busctl shows it; with iwd itself and radios in qemu-test/generic.test.ts. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { RunFailed } from './run.ts'
import { type TestMachine, testMachine } from './testing/machine.ts'
import { forgetWifi, joinWifi, keepWifi, listWifi } from './wifi.ts'

const STATION = '/net/connman/iwd/0/3'
const networkAt = (hex: string) => `${STATION}/${hex}`
const value = (type: string, data: unknown) => ({ type, data })
const OBJECTS = {
  [STATION]: {
    'net.connman.iwd.Device': { Name: value('s', 'wlan0') },
    'net.connman.iwd.Station': { Scanning: value('b', false), State: value('s', 'connected') },
  },
  [networkAt('home')]: {
    'net.connman.iwd.Network': {
      Name: value('s', 'Home Żółw'),
      Type: value('s', 'psk'),
      Connected: value('b', true),
      KnownNetwork: value('o', '/net/connman/iwd/known'),
    },
  },
  [networkAt('inn')]: {
    'net.connman.iwd.Network': {
      Name: value('s', 'Inn'),
      Type: value('s', 'open'),
      Connected: value('b', false),
    },
  },
  [networkAt('office')]: {
    'net.connman.iwd.Network': {
      Name: value('s', 'Office'),
      Type: value('s', '8021x'),
      Connected: value('b', false),
    },
  },
  [networkAt('mill')]: {
    'net.connman.iwd.Network': {
      Name: value('s', 'Mill'),
      Type: value('s', 'psk'),
      Connected: value('b', false),
    },
  },
  '/net/connman/iwd/known': { 'net.connman.iwd.KnownNetwork': { Name: value('s', 'Home Żółw') } },
}
const ORDERED = [
  [
    [networkAt('home'), -4200],
    [networkAt('inn'), -8100],
    [networkAt('office'), -8200],
    [networkAt('mill'), -8800],
  ],
]
const BUSCTL = 'busctl --system --auto-start=no --json=short --timeout=25 call net.connman.iwd'

/** A machine with a radio; `connect` is what comes of joining. */
function machineFor(t: TestContext, connect: () => string | Promise<string> = () => ''): TestMachine {
  const machine = testMachine()
  t.after(() => machine[Symbol.dispose]())
  const say = (words: string, answer: () => string | Promise<string>) =>
    machine.answers.set(`${BUSCTL} ${words}`, answer)
  say('/ ', () => JSON.stringify({ type: 'a{oa{sa{sv}}}', data: [OBJECTS] }))
  say(`${STATION} net.connman.iwd.Station GetOrderedNetworks`, () =>
    JSON.stringify({ type: 'a(on)', data: ORDERED }),
  )
  for (const one of ['inn', 'mill', 'home']) say(`${networkAt(one)} net.connman.iwd.Network Connect`, connect)
  return machine
}

test('networks in reach are listed, the strongest first, with what they ask for', async (t) => {
  const machine = machineFor(t)
  assert.deepEqual(await listWifi({}, machine), {
    radio: true,
    networks: [
      { name: 'Home Żółw', security: 'passphrase', decibels: -42, known: true, connected: true },
      { name: 'Inn', security: 'none', decibels: -81, known: false, connected: false },
      { name: 'Office', security: 'enterprise', decibels: -82, known: false, connected: false },
      { name: 'Mill', security: 'passphrase', decibels: -88, known: false, connected: false },
    ],
  })
  assert.ok(machine.lines(`${BUSCTL} ${STATION} net.connman.iwd.Station Scan`).length > 0)
})

test('a machine without a radio says so', async (t) => {
  const machine = machineFor(t)
  machine.answers.set(BUSCTL, () => Promise.reject(new RunFailed('/usr/bin/busctl', 'failed: no such name')))
  machine.answers.delete(`${BUSCTL} / `)
  assert.deepEqual(await listWifi({}, machine), { radio: false, networks: [] })
  await assert.rejects(joinWifi({ name: 'Inn' }, machine), /no radio/)
})

test('a network is joined with its passphrase, which root alone can read', async (t) => {
  const machine = machineFor(t)
  await joinWifi({ name: 'Mill', passphrase: ' back\\slash ' }, machine)
  const file = join(machine.state, 'wifi/Mill.psk')
  assert.equal(readFileSync(file, 'utf8'), '[Security]\nPassphrase=\\sback\\\\slash \n')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  await joinWifi({ name: 'Inn' }, machine)
  assert.deepEqual(readdirSync(join(machine.state, 'wifi')), ['Mill.psk'])
})

test('a passphrase that is refused is not kept, and it is said what may be wrong', async (t) => {
  const machine = machineFor(t, () =>
    Promise.reject(new RunFailed('/usr/bin/busctl', 'failed: Operation failed')),
  )
  await assert.rejects(
    joinWifi({ name: 'Mill', passphrase: 'wrong wrong' }, machine),
    /is the passphrase right\?/,
  )
  assert.ok(!existsSync(join(machine.state, 'wifi/Mill.psk')))
})

test('a wrong passphrase does not cost the right one, which the network was joined with before', async (t) => {
  const machine = machineFor(t, () =>
    Promise.reject(new RunFailed('/usr/bin/busctl', 'failed: Operation failed')),
  )
  const file = await keepWifi(machine, { name: 'Home Żółw', passphrase: 'open sesame' })
  await assert.rejects(
    joinWifi({ name: 'Home Żółw', passphrase: 'wrong wrong' }, machine),
    /passphrase right\?/,
  )
  assert.match(readFileSync(file, 'utf8'), /^Passphrase=open sesame$/m)
  assert.equal(statSync(file).mode & 0o777, 0o600)
})

test('a network whose passphrase was refused before is joined with the right one', async (t) => {
  let asked = 0
  const machine = machineFor(t, () =>
    asked++ === 0
      ? Promise.reject(new RunFailed('/usr/bin/busctl', 'failed: Call failed: No Agent registered'))
      : '',
  )
  await joinWifi({ name: 'Mill', passphrase: 'open sesame' }, machine)
  assert.equal(asked, 2)
  assert.ok(existsSync(join(machine.state, 'wifi/Mill.psk')))
})

test('what can not be joined is refused with its reason', async (t) => {
  const machine = machineFor(t)
  await assert.rejects(joinWifi({ name: 'Mars' }, machine), /No network "Mars" is in reach/)
  await assert.rejects(joinWifi({ name: 'Office' }, machine), /account of an organisation/)
  await assert.rejects(joinWifi({ name: 'Mill' }, machine), /needs a passphrase/)
})

test('a network is forgotten with its passphrase, by iwd and on the disk', async (t) => {
  const machine = machineFor(t)
  const file = await keepWifi(machine, { name: 'Home Żółw', passphrase: 'open sesame' })
  assert.match(file, /wifi\/=486f6d6520c5bbc3b3c58277\.psk$/)
  await forgetWifi({ name: 'Home Żółw' }, machine)
  assert.ok(!existsSync(file))
  assert.equal(
    machine.lines(`${BUSCTL} /net/connman/iwd/known net.connman.iwd.KnownNetwork Forget`).length,
    1,
  )
  await assert.rejects(forgetWifi({ name: 'Mars' }, machine), /No network "Mars" is known/)
})
