/** Takes passwords out of a file of accounts, and leaves the rest of it as it is. */
import { realpathSync, statSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { CliError } from '../../command/cli-error.ts'
import { mustReadFileSync } from '../../host/bounded-file.ts'
import { MAX_YAML_BYTES, parseYaml, toYaml } from '../../host/config/yaml.ts'
import { writeFileAtomic } from '../../host/write-file-atomic.ts'
import { isRecord } from '../../protocol/values.ts'
import { type AccountsFile, accountsIn, pathOf } from './accounts-file.ts'

/**
 * Writes the file anew without the passwords that are kept of these accounts, or not at all; its mode stays. Comments stay too, unless the passwords
 * stand otherwise than on lines of their own. Throws a CliError.
 */
export async function removePasswords(
  path: string,
  { value }: AccountsFile,
  { kept, keptToSend }: { kept: ReadonlySet<string>; keptToSend: ReadonlySet<string> },
): Promise<void> {
  const file = realpathSync(path)
  const { mode, uid } = statSync(file)
  if (uid !== process.getuid?.())
    throw new CliError('denied', `${path} belongs to another user, who can take the passwords out.`)
  const text = mustReadFileSync(file, MAX_YAML_BYTES)
  const now = await parseYaml(text, path)
  if (!isDeepStrictEqual(now.value, value))
    throw new CliError('failed', `${path} was changed meanwhile, so no password was taken out; try again.`)
  const without = structuredClone(value)
  const gone = new Set<string>()
  for (const name of kept) {
    const settings = accountsIn(without)?.[name]
    if (!isRecord(settings)) continue
    const { password, smtp_password: forSending } = settings
    // Another one for sending may be nowhere else.
    const isKept = forSending === password || keptToSend.has(name)
    for (const key of isKept && forSending !== undefined ? ['password', 'smtp_password'] : ['password']) {
      delete settings[key]
      gone.add(now.place([...pathOf(value, name), key]))
    }
  }
  const shorter = text
    .split('\n')
    .filter((_, i) => !gone.has(`${path}:${i + 1}`))
    .join('\n')
  const isRight = await parseYaml(shorter, path).then(
    (left) => isDeepStrictEqual(left.value, without),
    () => false,
  )
  writeFileAtomic(file, isRight ? shorter : await toYaml(without), mode & 0o7777)
}
