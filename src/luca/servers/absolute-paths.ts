/** What a person types relative to the folder they are in, as what it is from anywhere: a server starts elsewhere. */
import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'

/** A program named by a path, and arguments such as `./server.js` that name something there, are made absolute. */
export const withAbsolutePaths = (
  command: string,
  args: readonly string[],
  here = process.cwd(),
): { command: string; args: string[] } => ({
  command: command.includes('/') && !isAbsolute(command) ? resolve(here, command) : command,
  args: args.map((arg) =>
    /^\.\.?\//.test(arg) && existsSync(resolve(here, arg)) ? resolve(here, arg) : arg,
  ),
})
