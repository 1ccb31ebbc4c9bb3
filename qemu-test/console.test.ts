/** The screen and the keyboard of somebody who does not read and write English alone. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { DRAWN } from '../src/shell/terminal/screen/capabilities.ts'
import { charactersOf } from '../src/shell/terminal/screen/console-font.ts'
import { savesLogs } from './logs.ts'
import { Machine } from './machine.ts'

describe('a machine of somebody in Poland with a German keyboard', () => {
  let machine: Machine
  before(async () => {
    const provided = { hostname: 'attic', keyboard: 'de', timezone: 'Europe/Warsaw', language: 'pl_PL' }
    machine = await Machine.boot({ credentials: { 'llmbasedos.provision': JSON.stringify(provided) } })
  })
  after(() => machine?.stop())
  savesLogs(() => machine)

  test('the screen has all that luca draws with, and the letters of Latin, Greek and Cyrillic', async () => {
    const font = charactersOf(await machine.out('setfont -C /dev/tty1 -ou /dev/stdout'))
    const languages = 'zażółć gęślą jaźń Żubr ñ ß ő ğ ţ ū Ξεσκεπάζω Широкая электрификация їжак ђ'
    const wanted = [...Object.keys(DRAWN), ...languages].filter((one) => one !== ' ')
    assert.deepEqual(
      wanted.filter((one) => !font.has(one)),
      [],
    )
  })

  test('what it shows is what was written', async () => {
    const text = 'Żółć ✓ ● ○ ✗ › ’ … Ωμέγα Юг'
    await machine.out(`printf '%s' '${text}' >/dev/tty8`)
    const shown = await machine.out('dd if=/dev/vcsu8 bs=4 count=40 2>/dev/null | iconv -f UTF-32LE -t UTF-8')
    assert.equal(shown, text)
  })

  test('keys are those that are printed on it', async () => {
    machine.press('ctrl-alt-f2')
    await machine.screenWith(/attic login:/, 2)
    machine.press('y', 'z', 'slash', 'minus')
    await machine.screenWith(/attic login: zy-/, 2)
    machine.press('ctrl-alt-f1')
  })

  test('days have their names, and the clock shows the time of there', async () => {
    const entered = 'systemd-run --pipe --quiet --property=PAMName=login --property=User=owner'
    assert.equal(await machine.out(`${entered} date -d '2026-01-05 12:00 UTC' '+%A %H'`), 'poniedziałek 13')
  })

  test('luca shows marks that can be told apart, in colours that can be read', async () => {
    await machine.screenWith(/Enter opens luca/)
    machine.type('\n')
    await machine.screenWith(/1 Chat/)
    const shown = await machine.out('dd if=/dev/vcsu1 bs=4 2>/dev/null | iconv -f UTF-32LE -t UTF-8')
    assert.match(shown, /● connected/)
    assert.equal(await machine.out('cut -d, -f4 /sys/module/vt/parameters/default_red'), '255')
  })
})
