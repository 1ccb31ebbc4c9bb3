/** Which characters the kernel's own console can show. It has a font of 256 or 512 pictures, whatever the locale says. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What the kernel takes as long as it wants for, in milliseconds, before luca starts without an answer. */
const PATIENCE_MS = 2000

/** The characters of the console's font, as the kernel has them; undefined for any other terminal, and where it does not say. */
export async function fontOf({ TERM }: NodeJS.ProcessEnv): Promise<ReadonlySet<string> | undefined> {
  if (TERM !== 'linux') return undefined
  const folder = await mkdtemp(join(tmpdir(), 'luca-font-'))
  const file = join(folder, 'map')
  try {
    await new Promise<void>((resolve, reject) =>
      execFile('setfont', ['-ou', file], { timeout: PATIENCE_MS }, (error) =>
        error ? reject(error) : resolve(),
      ),
    )
    return charactersOf(await readFile(file, 'utf8'))
  } catch {
    return undefined
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What a map of the console's says, such as `0x07 U+2022 U+25cf`: a picture, and the characters that it stands for. */
export const charactersOf = (map: string): ReadonlySet<string> =>
  new Set(
    [...map.matchAll(/U\+([0-9a-f]{4,6})/gi)].map(([, code]) =>
      String.fromCodePoint(Number.parseInt(code as string, 16)),
    ),
  )
