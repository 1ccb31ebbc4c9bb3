import { readFileBounded } from '../host/bounded-file.ts'
import { CliError } from './cli-error.ts'
import { inLine } from './output.ts'

/** The text of a file that was named on the command line. Throws a CliError where there is none, or it can't be read. */
export async function readGivenFile(file: string, maxBytes: number): Promise<string> {
  let text: string | undefined
  try {
    text = await readFileBounded(file, maxBytes)
  } catch (cause) {
    throw new CliError('usage', `"${inLine(file)}" can't be read: ${(cause as Error).message}`, { cause })
  }
  if (text === undefined) throw new CliError('usage', `There is no file "${inLine(file)}".`)
  return text
}
