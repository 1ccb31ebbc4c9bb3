/** The appliance with servers that wake themselves and hear events (test/waking-server). */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeServer } from '../../src/protocol/descriptor.ts'
import { clock, ear } from '../waking-server/server.ts'
import { type Appliance, type ApplianceOptions, ROOT, startAppliance } from './appliance.ts'

/** What a server was called for: an entry of the wake list, or events. */
export interface Noted {
  key?: string
  due?: number
  late?: boolean
  tries?: number
  asked?: boolean
  heard?: Record<string, unknown>[]
  andOthers?: boolean
  pid: number
  at: number
}

/** `folder` is a temporary one of the test's. */
export async function startWaking(folder: string, options: ApplianceOptions = {}): Promise<Appliance> {
  const units = join(folder, 'units')
  const descriptors = join(folder, 'descriptors')
  for (const made of [units, descriptors]) await mkdir(made, { recursive: true })
  const main = join(ROOT, 'test/waking-server/main.ts')
  for (const server of [clock, ear]) {
    const { name } = server
    await writeFile(
      join(units, `mcp-${name}@.service`),
      `[Service]\nType=notify\nExecStart=/usr/bin/node --disable-warning=ExperimentalWarning ${main} ${name}\nEnvironment=LLMBDO_IDLE_SECONDS=0 LLMBDO_WAKING_LOG=${noteFile(folder)}\n`,
    )
    await writeFile(join(units, `mcp-${name}@.socket`), `[Socket]\nListenStream=/run/mcp/%i/${name}.sock\n`)
    await writeFile(join(descriptors, `${name}.cap.json`), JSON.stringify(describeServer(server)))
  }
  return startAppliance({ ...options, units: [units], descriptors: [descriptors] })
}

const noteFile = (folder: string): string => join(folder, 'noted')

/** What the servers were called for so far. */
export const noted = (folder: string): Noted[] =>
  existsSync(noteFile(folder))
    ? readFileSync(noteFile(folder), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    : []

/** Has the servers fail or hang, until what it gives is called. */
export function have(folder: string, what: 'fail' | 'hang'): () => void {
  const path = `${noteFile(folder)}.${what}`
  writeFileSync(path, '')
  return () => rmSync(path, { force: true })
}
