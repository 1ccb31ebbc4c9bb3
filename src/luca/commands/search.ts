import { CliError } from '../../command/cli-error.ts'
import type { Command, Context, Input } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { inLine, writeJson, writeLine } from '../../command/output.ts'
import { speaking } from '../../command/own-words.ts'
import type { Found } from '../../command/search/found.ts'
import { isIndexed } from '../../command/search/index-status.ts'
import { servedPath } from '../../command/served-paths.ts'
import { wholeIn } from '../../protocol/values.ts'
import { askSearch, askStatus, type Told } from '../search/ask.ts'
import { manageModels } from '../search/models.ts'
import { offerIndex } from '../search/offer.ts'
import { openHit } from '../search/open.ts'
import { showFound } from '../search/show.ts'

const DEFAULT_HITS = 10
const MOST_HITS = 50
/** What is shown of a file that can't be opened, in characters. */
const OPENED_CHARS = 2000

export const search: Command = {
  name: 'search',
  summary: 'find served files by what they say, by meaning and by words',
  verbs: {
    models: {
      usage: '[check|use] [NAME]',
      summary: 'list the models that find by meaning, check one, or choose one',
    },
  },
  otherwise: {
    usage: 'QUESTION…',
    summary: 'find served files by what they say, by meaning and by words',
  },
  details:
    'Ask in your own words; "…" in the question is found as it stands. What is searched you choose with "luca index add FOLDER". ' +
    'It shows the file and line of each passage, the headings above it, and why it was found.',
  options: {
    folder: { value: 'FOLDER', verbs: [], description: 'search below this folder alone' },
    type: {
      value: 'TYPE',
      verbs: [],
      multiple: true,
      description: 'search files of this type alone, such as markdown, email or docx',
    },
    since: {
      value: 'WHEN',
      verbs: [],
      description:
        'search files alone that have changed since: a date such as 2026-01-31, or 30d for 30 days ago',
    },
    until: { value: 'WHEN', verbs: [], description: 'search files alone that have not changed since' },
    language: {
      value: 'CODE',
      verbs: [],
      description: 'search files in this language alone, such as en or de',
    },
    limit: {
      value: 'N',
      verbs: [],
      description: `show so many at most, up to ${MOST_HITS}; ${DEFAULT_HITS} by default`,
    },
    open: {
      value: 'N',
      verbs: [],
      optional: true,
      description:
        'open the first one, or number N, at its line: in $VISUAL, $EDITOR or $PAGER, or as "luca cat" does; of a document show the page in $PAGER or less',
    },
  },
  gateway: true,
  consent: true,
  inLineMode: () => ({ ...search, run: speaking((input, context) => find(input, context, false)) }),
  run: speaking((input, context) => find(input, context, true)),
}

async function find(input: Input, context: Context, hasTerminal: boolean): Promise<Outcome> {
  if (input.verb === 'models') return manageModels(input.positionals, context)
  const open = openedIn(input)
  const args = argumentsOf(input, context, open)
  let told = await askSearch(context, args)
  if (told.value.hits.length === 0) {
    const { value: status } = await askStatus(context)
    if (status.folders.length === 0) {
      await offerIndex(context)
      told = await askSearch(context, args)
    } else if (args.folder !== undefined && !isIndexed(status, args.folder)) throw notIndexed(args.folder)
  }
  return open === undefined ? show(told, context) : await openFound(told.value, open, context, hasTerminal)
}

const notIndexed = (folder: string): CliError =>
  new CliError(
    'failed',
    `${inLine(folder)} is not indexed; "luca index add ${inLine(folder)}" has it searched.`,
  )

function show({ value: found, document }: Told<Found>, context: Context): Outcome {
  if (context.json) writeJson(context.io, document)
  else {
    if (found.hits.length === 0) writeLine(context.io.stderr, 'Nothing was found.')
    showFound(found, context)
  }
  return found.hits.length === 0 ? 'nothing' : 'ok'
}

async function openFound(
  { hits }: Found,
  number: number,
  context: Context,
  hasTerminal: boolean,
): Promise<Outcome> {
  const hit = hits[number - 1]
  if (hit) return openHit(hit, context, hasTerminal)
  if (hits.length > 0)
    throw new CliError(
      'usage',
      `There is no number ${number} among ${hits.length}; leave --open out to see them.`,
    )
  writeLine(context.io.stderr, 'Nothing was found.')
  return 'nothing'
}

/** Which one is to be opened, from 1 on; undefined where none is. */
function openedIn(input: Input): number | undefined {
  if (!input.flag('open')) return undefined
  const text = input.text('open') || '1'
  const number = wholeIn(text, 1, MOST_HITS)
  if (number === undefined)
    throw new CliError('usage', `"${text}" is no number of a hit; --open takes one from 1 to ${MOST_HITS}.`)
  return number
}

/** What the tool is asked. */
type Question = {
  query: string
  limit: number
  snippetChars?: number
  folder?: string
  types?: readonly string[]
  modifiedFrom?: string
  modifiedTo?: string
  language?: string
}

function argumentsOf(input: Input, { cwd }: Context, open = 0): Question {
  const [folder, types] = [input.text('folder'), input.list('type')]
  const [since, until, language] = [input.text('since'), input.text('until'), input.text('language')]
  return {
    query: input.positionals.join(' '),
    limit: Math.max(limitIn(input), open),
    ...(open === 0 ? {} : { snippetChars: OPENED_CHARS }),
    ...(folder === undefined ? {} : { folder: servedPath(cwd, folder) }),
    ...(types.length === 0 ? {} : { types }),
    ...(since === undefined ? {} : { modifiedFrom: since }),
    ...(until === undefined ? {} : { modifiedTo: until }),
    ...(language === undefined ? {} : { language }),
  }
}

function limitIn(input: Input): number {
  const text = input.text('limit')
  if (text === undefined) return DEFAULT_HITS
  const limit = wholeIn(text, 1, MOST_HITS)
  if (limit === undefined)
    throw new CliError('usage', `"${text}" is no number of hits; --limit takes one from 1 to ${MOST_HITS}.`)
  return limit
}
