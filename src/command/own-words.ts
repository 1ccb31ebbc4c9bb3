/** What the gateway says of a file, in the words of who types commands and never heard of the tools behind them. */

import { CliError } from './cli-error.ts'
import type { Context, Input } from './command.ts'
import type { Outcome } from './exit-codes.ts'

/** The command for what a tool does. */
const COMMANDS: Readonly<Record<string, string>> = {
  list_directory: '"luca ls"',
  list_allowed_directories: '"luca ls /"',
  read_text_file: '"luca cat"',
  read_media_file: '"luca cat"',
  search_documents: '"luca search"',
  index_status: '"luca index status"',
  index_add: '"luca index add"',
  index_remove: '"luca index remove"',
  search_models: '"luca search models"',
  list_emails: '"luca mail list"',
  search_emails: '"luca mail search"',
  list_conversations: '"luca chat list"',
  get_conversation: '"luca chat show"',
  join: '"luca chat join"',
}
/** Not in a path, which stands in quotes. */
const TOOL = /(?<=[ (])(?:mcp\.fs\.|fs_|mail_|chat_)([a-z_]+)(?= )/g

/** Marks around what others wrote, which are for models. */
const MARKS = /\n<email>\n([\s\S]*)\n<\/email>/g

const inOwnWords = (text: string): string =>
  text
    .replace(MARKS, (_, words: string) => ` ${words.replaceAll('\n', ', ')}`)
    .replace(TOOL, (name, tool: string) => (Object.hasOwn(COMMANDS, tool) ? String(COMMANDS[tool]) : name))

/** Runs a command whose refusals name commands where they would name tools. */
export const speaking =
  (run: (input: Input, context: Context) => Promise<Outcome>) =>
  async (input: Input, context: Context): Promise<Outcome> => {
    try {
      return await run(input, context)
    } catch (error) {
      if (!(error instanceof CliError)) throw error
      throw new CliError(error.outcome, inOwnWords(error.message), { cause: error.cause })
    }
  }
