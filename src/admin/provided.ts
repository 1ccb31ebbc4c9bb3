/**
 * What was provided from outside: a file `llmbasedos.yaml` on the boot medium or a stick, which the ramdisk puts in
 * memory, and system credentials, by SMBIOS or the kernel's command line. What is wrong in it is left out and told.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { usableConfig } from '../host/config/load.ts'
import { parseYaml, readYaml, type YamlFile } from '../host/config/yaml.ts'
import { readCredential } from '../host/credentials.ts'
import { validate } from './generated/llmbasedos.config.ts'
import { config, type Provided, takeProvided, type Written } from './llmbasedos.config.ts'
import type { Machine } from './machine.ts'
import { noneIfMissing } from './userdb.ts'

const CREDENTIALS = {
  file: 'llmbasedos.provision',
  hostname: 'llmbasedos.hostname',
  keys: 'llmbasedos.ssh-keys',
  licence: 'llmbasedos.licence',
}

/** Later sources win: files by name, the file that came as a credential, and single credentials. */
export async function readProvided(machine: Machine, problem: (sentence: string) => void): Promise<Provided> {
  const all: Provided[] = []
  const takeFile = async (read: () => Promise<YamlFile | undefined>) => {
    const provided = await usableConfig(config, validate, read, problem)
    if (provided) all.push(provided)
  }
  const names = await readdir(machine.provided).catch(noneIfMissing)
  for (const name of names.filter((name) => name.endsWith('.yaml')).sort())
    await takeFile(() => readYaml(join(machine.provided, name), name))
  const file = await readCredential(CREDENTIALS.file)
  if (file !== undefined) await takeFile(() => parseYaml(file, CREDENTIALS.file))

  const take = (name: string, written: Written) =>
    all.push(
      takeProvided(written, ([, i], sentence) =>
        problem(`${name}: ${typeof i === 'number' ? `number ${i + 1}: ` : ''}${sentence}.`),
      ),
    )
  const hostname = await readCredential(CREDENTIALS.hostname)
  if (hostname !== undefined) take(CREDENTIALS.hostname, { hostname })
  const keys = await readCredential(CREDENTIALS.keys)
  if (keys !== undefined) take(CREDENTIALS.keys, { 'ssh-keys': keys.split('\n').filter(isNoComment) })
  const licence = await readCredential(CREDENTIALS.licence)
  if (licence !== undefined) take(CREDENTIALS.licence, { licence })
  return all.reduce(over, NOTHING)
}

const NOTHING: Provided = { secrets: [], locality: {}, wifi: [], configurations: {} }

/** What two sources provide; of what both do, the later. */
const over = (earlier: Provided, later: Provided): Provided => ({
  ...earlier,
  ...later,
  secrets: [...earlier.secrets, ...later.secrets],
  wifi: [...earlier.wifi, ...later.wifi],
  locality: { ...earlier.locality, ...later.locality },
  configurations: { ...earlier.configurations, ...later.configurations },
})

const isNoComment = (line: string) => line.trim() !== '' && !line.trim().startsWith('#')
