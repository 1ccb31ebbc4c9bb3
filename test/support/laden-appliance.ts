/** An appliance with as much in it as people have: 20 000 files in a folder, 140 tools, 12 servers, 30 models and a log. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installLaden } from '../laden-server/install.ts'
import { type Appliance, startAppliance } from './appliance.ts'
import { callTool, post } from './http.ts'

/** The folder with so many files, and where its last one stands. */
export const MANY = 'many'
export const MANY_FILES = 20_000
export const LAST_FILE = '漢字のファイル-19999.txt'

const ODD_NAMES = [
  `long-${'name-'.repeat(40)}.txt`,
  'é́́́́́́ combined.txt',
  'שלום עולם.txt',
  '👨‍👩‍👧 family.md',
  'two\nlines.txt',
  '-rf.txt',
  'with  spaces.txt',
]
const nameOf = (i: number): string => (i >= 19_000 ? `漢字のファイル-${i}.txt` : `document-${i}.txt`)

export const MODELS = Array.from({ length: 30 }, (_, i) =>
  i % 7 === 0 ? `model-${'of-a-long-name-'.repeat(4)}${i}` : `model-${i}`,
)

export async function startLadenAppliance(): Promise<Appliance> {
  const base = await mkdtemp(join(tmpdir(), 'laden-'))
  const forget = () => rm(base, { recursive: true, force: true })
  try {
    const { units, caps } = await installLaden(base)
    const files = join(base, 'files')
    await mkdir(join(files, MANY), { recursive: true })
    for (const name of ODD_NAMES) await writeFile(join(files, name), `${name}\n`)
    await mkdir(join(files, 'a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p'), { recursive: true })
    for (let i = 0; i < MANY_FILES; i += 500)
      await Promise.all(
        Array.from({ length: 500 }, (_, n) => writeFile(join(files, MANY, nameOf(i + n)), `file ${i + n}\n`)),
      )
    const appliance = await startAppliance({
      files,
      units: [units],
      descriptors: [caps],
      models: `
providers:
  elsewhere: {api_base_url: "http://127.0.0.1:9/v1"}
models:
${MODELS.map((name, i) => `  ${name}: {provider: elsewhere${i === 3 ? ', is_default: true' : ''}}`).join('\n')}
`,
    })
    const stop = async () => {
      await appliance.stop()
      await forget()
    }
    await makeLog(appliance)
    await makeWait(appliance)
    return { ...appliance, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await forget()
    throw error
  }
}

/** So many calls wait for consent, and so many lines the log has at least. */
export const WAITING = 20
const LOG_LINES = 1000

async function makeLog({ url, token }: Appliance): Promise<void> {
  for (let i = 0; i < LOG_LINES; i += 50)
    await Promise.all(Array.from({ length: 50 }, () => post(url, token, 'tools/list')))
}

async function makeWait({ url, token }: Appliance): Promise<void> {
  for (let i = 0; i < WAITING; i++)
    await callTool(url, token, 'letters_delete_3', {
      what: `漢字 ${i}`,
      why: 'for a long reason '.repeat(60),
    })
}
