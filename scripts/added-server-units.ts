/**
 * Writes the units that servers of others are given in the image, one server for each kind of grant, so that they can be
 * examined like those of the project:
 *
 *     added-server-units.ts FOLDER
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Grants } from '../src/contracts/third-party.ts'
import {
  grantsText,
  installGrantsText,
  installText,
  lookText,
  ONCE_TEXT,
  placesText,
  sealedText,
  serviceText,
  socketText,
} from '../src/host/added-server-units.ts'

const [folder = ''] = process.argv.slice(2)
const errand = { credential: '/run/llmbasedos/admin/credential', out: '/run/out', said: '/run/said' }
const kinds: Record<string, Grants> = {
  alone: { network: false, files: 'none' },
  online: { network: true, files: 'none' },
  files: { network: false, files: 'write' },
}
const files: Record<string, string> = {}
for (const [name, grants] of Object.entries(kinds).map(([kind, of]) => [`added-${kind}`, of] as const)) {
  files[`mcp-${name}@.socket`] = socketText(name)
  files[`mcp-${name}@.service`] = serviceText(name, '1')
  files[`mcp-${name}@.service.d/45-sealed.conf`] = sealedText(name)
  files[`mcp-${name}_look@.service`] = lookText(name, errand)
  files[`mcp-${name}_look@.service.d/60-once.conf`] = ONCE_TEXT
  for (const template of [`mcp-${name}@.service.d`, `mcp-${name}_look@.service.d`]) {
    files[`${template}/40-places.conf`] = placesText(name, grants)
    files[`${template}/50-grants.conf`] = grantsText(name, grants)
  }
}
files['mcp-added_install@.service'] = installText('added', errand)
files['mcp-added_install@.service.d/50-grants.conf'] = installGrantsText('added')
files['mcp-added_install@.service.d/60-once.conf'] = ONCE_TEXT
for (const [file, text] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}
