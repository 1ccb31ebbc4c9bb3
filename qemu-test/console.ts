/** The screen and the keyboard of people who do not read and write English alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DRAWN } from '../src/tui/screen/capabilities.ts'
import { charactersOf } from '../src/tui/screen/console-font.ts'
import type { Machine } from './machine.ts'

/** Which characters each picture of the font stands for. */
const MAP = 'setfont -C /dev/tty1 -ou /tmp/map && cat /tmp/map'

/** What such a machine is provided with. */
export const POLISH = { keyboard: 'de', timezone: 'Europe/Warsaw', language: 'pl_PL' }

/** Asks a machine that POLISH was provided to, and that is called "attic". */
export function testsOfConsole(machine: () => Machine): void {
  test('the screen has all that luca draws with, and the letters of Latin, Greek and Cyrillic', async () => {
    const font = charactersOf(await machine().out(MAP))
    const languages = 'zażółć gęślą jaźń Żubr ñ ß ő ğ ţ ū Ξεσκεπάζω Широкая электрификация їжак ђ'
    const wanted = [...Object.keys(DRAWN), ...languages].filter((one) => one !== ' ')
    assert.deepEqual(
      wanted.filter((one) => !font.has(one)),
      [],
    )
  })

  test('what it shows is what was written', async () => {
    const text = 'Żółć ✓ ● ○ ✗ › ’ … Ωμέγα Юг'
    await machine().out(`printf '%s' '${text}' >/dev/tty1`)
    const at = new Map<string, number>()
    for (const [, glyph, characters = ''] of (await machine().out(MAP)).matchAll(/^(0x\w+)(.*)$/gm))
      for (const one of charactersOf(characters)) at.set(one, Number(glyph))
    // Each cell is a word; where a font has more than 256 pictures, the brightness of the card's old colours is the ninth bit.
    const cells = (await machine().out('od -An -v -tu2 -w2 -j4 /dev/vcsa1'))
      .split('\n')
      .map(Number)
      .map((cell) => (cell & 0xff) | (cell & 0x800 ? 0x100 : 0))
    const wanted = Array.from(text, (one) => at.get(one)).join(' ')
    assert.ok(cells.join(' ').includes(wanted), `${wanted} in ${cells.join(' ')}`)
  })

  test('the other terminals ask who is there, and keys are those that are printed on them', async () => {
    machine().press('ctrl-alt-f2')
    await machine().screenWith(/attic login:/, 2)
    machine().press('y', 'z', 'slash', 'minus')
    await machine().screenWith(/attic login: zy-/, 2)
    machine().press('ctrl-alt-f1')
    await machine().serialWith(/attic login:/)
  })

  test('days have their names, and the clock shows the time of there', async () => {
    const entered = 'systemd-run --pipe --quiet --property=PAMName=login --property=User=owner'
    assert.equal(await machine().out(`${entered} date -d '2026-01-05 12:00 UTC' '+%A %H'`), 'poniedziałek 13')
  })

  test('luca opens without a question where all was provided, in colours that can be read', async () => {
    await machine().screenWith(/Enter opens luca/)
    machine().type('\n')
    assert.doesNotMatch(await machine().screenWith(/1 Chat[\s\S]*connected/), /-{20}/)
    assert.equal(await machine().out('cut -d, -f4 /sys/module/vt/parameters/default_red'), '255')
  })

  test('luca starts again on the screen when it dies', async () => {
    await machine().out("printf '\\033c' >/dev/tty1; systemctl kill --signal=KILL llmbasedos-console; sync")
    await machine().screenWith(/Enter opens luca/)
  })

  test('where the letters of the screen are poor, luca draws with those that there are', async () => {
    const ascii = "for code in $(seq 32 126); do printf '0x%02x U+%04x\\n' $code $code; done"
    await machine().out(`${ascii} >/tmp/ascii && loadunimap -C /dev/tty1 /tmp/ascii`)
    machine().type('\n')
    await machine().screenWith(/1 Chat[\s\S]*-{20}/)
    machine().press('ctrl-q')
    await machine().screenWith(/Enter opens luca/)
    await machine().out('systemctl start llmbasedos-vconsole')
  })
}
