/** The licence file, where the gateway looks for it and takes notice of changes. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ParamsOf, ResultOf } from '../contracts/admin-helper.ts'
import { removeFile, replaceFile } from './files.ts'
import type { Machine } from './machine.ts'

export async function setLicence(
  { text }: ParamsOf<'licence/set'>,
  { etc }: Machine,
): Promise<ResultOf<'licence/set'>> {
  const folder = join(etc, 'llmbasedos')
  await mkdir(folder, { recursive: true, mode: 0o755 })
  const path = join(folder, 'licence.key')
  if (text === null) await removeFile(path)
  else await replaceFile(path, `${text.trimEnd()}\n`, 0o644)
  return {}
}
