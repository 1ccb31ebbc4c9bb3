import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { applyLocality, getLocality, setLocality } from './locality.ts'
import { type TestMachine, testMachine } from './testing/machine.ts'

function machineFor(t: TestContext): TestMachine {
  const machine = testMachine()
  t.after(() => machine[Symbol.dispose]())
  return machine
}
const inEtc = ({ etc }: TestMachine, name: string) => readFileSync(join(etc, name), 'utf8')

test('a machine whose place was never chosen says so, and what there is to choose from', async (t) => {
  assert.deepEqual(await getLocality({}, machineFor(t)), {
    keyboard: 'us',
    timezone: 'UTC',
    language: 'C',
    chosen: false,
    keyboards: ['de', 'us'],
    languages: ['C', 'de_DE'],
  })
})

test('what is chosen is kept, and holds at once for the clock, for programs and for the keyboard', async (t) => {
  const machine = machineFor(t)
  await setLocality({ timezone: 'Europe/Berlin' }, machine)
  assert.deepEqual(machine.lines('systemctl'), [])
  await setLocality({ keyboard: 'de', language: 'de_DE' }, machine)
  assert.equal(readlinkSync(join(machine.etc, 'localtime')), '../usr/share/zoneinfo/Europe/Berlin')
  assert.equal(inEtc(machine, 'environment'), 'EDITOR=nano\nLANG=de_DE.UTF-8\n')
  assert.equal(inEtc(machine, 'locale.conf'), 'LANG=de_DE.UTF-8\n')
  assert.equal(readFileSync(join(machine.state, 'keyboard'), 'utf8'), 'de\n')
  assert.deepEqual(machine.lines('systemctl'), [
    'systemctl start -- llmbasedos-vconsole.service llmbasedos-passphrase.service',
  ])
  const { chosen, keyboard } = await getLocality({}, machine)
  assert.deepEqual([chosen, keyboard], [true, 'de'])
})

test('what this machine does not have is refused, and nothing is changed', async (t) => {
  const machine = machineFor(t)
  for (const [params, told] of [
    [{ keyboard: 'xx', timezone: 'Europe/Berlin' }, /no keyboard "xx"/],
    [{ timezone: 'Europe/Nowhere' }, /no time zone "Europe\/Nowhere"/],
    [{ timezone: 'Europe' }, /no time zone "Europe"/],
    [{ language: 'tlh_QO' }, /no language "tlh_QO"/],
  ] as const)
    await assert.rejects(setLocality(params, machine), told)
  assert.equal((await getLocality({}, machine)).timezone, 'UTC')
})

test('what was provided holds until something is chosen, also where a part of it is not to be had', async (t) => {
  const machine = machineFor(t)
  await assert.rejects(
    applyLocality(machine, { keyboard: 'xx', timezone: 'Europe/Berlin' }),
    /no keyboard "xx"/,
  )
  assert.equal(readlinkSync(join(machine.etc, 'localtime')), '../usr/share/zoneinfo/Europe/Berlin')
  await setLocality({ timezone: 'UTC' }, machine)
  await applyLocality(machine, { timezone: 'Europe/Berlin', language: 'de_DE' })
  const { timezone, language } = await getLocality({}, machine)
  assert.deepEqual([timezone, language], ['UTC', 'de_DE'])
})

test('what is applied again, or kept in a file that was damaged, leaves no mess', async (t) => {
  const machine = machineFor(t)
  await setLocality({ language: 'de_DE' }, machine)
  await applyLocality(machine, {})
  await applyLocality(machine, {})
  assert.equal(inEtc(machine, 'environment'), 'EDITOR=nano\nLANG=de_DE.UTF-8\n')
  for (const text of ['nonsense', '[1]', '{"timezone":"../../etc/shadow","keyboard":7}']) {
    writeFileSync(join(machine.state, 'locality.json'), text)
    await applyLocality(machine, {})
    assert.equal(readlinkSync(join(machine.etc, 'localtime')), '../usr/share/zoneinfo/UTC')
  }
})

test('keyboards are found where Arch has them, too, and parts of others are none', async (t) => {
  const machine = machineFor(t)
  const folder = join(machine.share, 'kbd/keymaps/i386/include')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'compose.map.gz'), '')
  writeFileSync(join(folder, '../pl.map.gz'), '')
  assert.deepEqual((await getLocality({}, machine)).keyboards, ['de', 'pl', 'us'])
})
