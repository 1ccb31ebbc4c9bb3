/** The account that luca runs as. In many containers that is a uid alone, of which the list of users knows nothing. */
import { homedir, userInfo } from 'node:os'
import { CliError } from './cli-error.ts'

/** Its name; undefined where it has none. */
export function ownName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}

/** Its home, which HOME names or the list of users. Throws a CliError where neither does. */
export function ownHome(): string {
  const home = homeIfAny()
  if (home) return home
  throw new CliError('usage', 'You have no home on this machine; set HOME to a folder that you may write to.')
}

function homeIfAny(): string | undefined {
  try {
    return homedir()
  } catch {
    return undefined
  }
}
