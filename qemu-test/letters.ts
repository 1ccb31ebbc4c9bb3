/** What a person reads on the screen of a machine: the letters that its font draws, whatever was written. */
import { charactersOf } from '../src/tui/screen/console-font.ts'
import { PATIENCE } from './hardware.ts'
import type { Machine } from './machine.ts'

/** Where a font lacks a character, this is drawn. */
export const MISSING = '\ufffd'
const PATIENCE_MS = 300_000 * PATIENCE

export class Letters {
  readonly #machine: Machine
  /** Of each picture of the font a character that it stands for. */
  readonly #drawn: ReadonlyMap<number, string>
  /** The bit of a cell that chooses a picture of the second half of the font, where that has more than 256. */
  readonly #ninth: number

  private constructor(machine: Machine, drawn: ReadonlyMap<number, string>, ninth: number) {
    this.#machine = machine
    this.#drawn = drawn
    this.#ninth = ninth
  }

  static async of(machine: Machine): Promise<Letters> {
    const map = await machine.out('setfont -C /dev/tty1 -ou /run/map && cat /run/map')
    const drawn = new Map<number, string>()
    // A picture may have several lines, and letters that look alike in several alphabets share one: the first of Unicode is read.
    for (const [, picture, characters = ''] of map.matchAll(/^(0x\w+)(.*)$/gm)) {
      const all = [drawn.get(Number(picture)) ?? [], ...charactersOf(characters)].flat().sort()
      if (all[0] !== undefined) drawn.set(Number(picture), all.includes(MISSING) ? MISSING : all[0])
    }
    // In the old colours that is how bright they are; where letters are drawn as pixels, there is no such rule.
    const pixels = (await machine.run('test -e /sys/class/graphics/fb0')).code === 0
    return new Letters(machine, drawn, pixels ? 0x100 : 0x800)
  }

  /** The lines of the screen. */
  async lines(): Promise<string[]> {
    const dump = await this.#machine.out('od -An -v -tu1 -w65536 /dev/vcsa1')
    const [rows = 0, columns = 0, , , ...bytes] = dump.trim().split(/\s+/).map(Number)
    return Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => {
        const at = (row * columns + column) * 2
        const cell = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
        return this.#drawn.get((cell & 0xff) | (cell & this.#ninth ? 0x100 : 0)) ?? MISSING
      })
        .join('')
        .trimEnd(),
    )
  }

  /** What stands on the screen once it shows something. Throws after some minutes, with what stands there then. */
  async show(shown: RegExp): Promise<string> {
    const deadline = Date.now() + PATIENCE_MS
    for (;;) {
      const text = (await this.lines()).join('\n')
      if (shown.test(text)) return text
      if (Date.now() > deadline) throw new Error(`The screen never showed ${shown}:\n${text}`)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}
