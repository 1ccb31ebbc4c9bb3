/** The appliance with servers that call others (test/calling-server). */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeServer } from '../../src/protocol/descriptor.ts'
import { agent, helper } from '../calling-server/server.ts'
import { type Appliance, type ApplianceOptions, ROOT, startAppliance } from './appliance.ts'

/** `folder` is a temporary one of the test's. */
export async function startCalling(folder: string, options: ApplianceOptions = {}): Promise<Appliance> {
  const units = join(folder, 'units')
  const descriptors = join(folder, 'descriptors')
  for (const made of [units, descriptors]) await mkdir(made, { recursive: true })
  const main = join(ROOT, 'test/calling-server/main.ts')
  for (const server of [agent, helper]) {
    const { name } = server
    await writeFile(
      join(units, `mcp-${name}@.service`),
      `[Service]\nType=notify\nExecStart=/usr/bin/node --disable-warning=ExperimentalWarning ${main} ${name}\nEnvironment=LLMBDO_IDLE_SECONDS=0\n`,
    )
    await writeFile(join(units, `mcp-${name}@.socket`), `[Socket]\nListenStream=/run/mcp/%i/${name}.sock\n`)
    await writeFile(join(descriptors, `${name}.cap.json`), JSON.stringify(describeServer(server)))
  }
  return startAppliance({
    ...options,
    units: [units, ...(options.units ?? [])],
    descriptors: [descriptors, ...(options.descriptors ?? [])],
  })
}
