/**
 * Which tools a model is given. Few are all shown. Of many those come along that the question is about, in few words each, and the best of
 * them with all they have, as far as a part of the context has room. What the model was shown before stays where it was, so that it
 * need not read all anew.
 */
import { READ_DOCUMENT, SEARCH_DOCUMENTS } from '../../../contracts/document-tools.ts'
import type { JsonSchema, Tool } from '../../../protocol/mcp.ts'
import { OWN_TOOLS, splitAdvertisedName } from '../../../protocol/names.ts'
import { isRecord } from '../../../protocol/values.ts'
import { estimateText } from '../estimate.ts'
import type { JsonObject } from '../request.ts'

/** So many tools are all shown where they fit. */
export const ALL_UP_TO = 12
/** How many are shown at most. */
export const MOST_SHOWN = 16
/** The part of a context that tools may take, and the most where they were chosen, in tokens. */
export const TOOLS_SHARE = 1 / 4
const MOST_CHOSEN_TOKENS = 1500
/** The part of that for tools in few words; the rest makes the best of them longer. */
const SHORT_SHARE = 0.6
/** How long the names of servers may be together, in characters: that many, and so many for each token that tools may take. */
const MOST_NAMED = 240
const NAMED_SHARE = 0.4
/** What is kept of a description in few words, in characters. */
const MOST_SENTENCE = 160
/** So many of those that words found come before the one that searches documents. */
const FOUND_FIRST = 4
/** So many are new beside what a model knows. */
const MOST_FRESH = 8
/** A name or path of a file, such as `lease.pdf`; no address. */
const FILE_NAME =
  /(?<![\w@/.:])\/?(?:[\p{L}\p{N}_-]+[/.])*[\p{L}\p{N}_-]+\.[a-z][a-z\d]{1,4}(?![\w@/]|\.\w)/iu

/** A tool in OpenAI's shape. */
export interface FunctionTool extends JsonObject {
  type: 'function'
  function: { name: string; description: string; parameters: JsonSchema }
}

/**
 * Finds other tools, where not all are shown. It names servers, in so many characters at most: a question in other words than the
 * tools' own leads to one of them.
 */
function searchTool(tools: readonly Tool[], most: number): FunctionTool {
  const servers = new Set(tools.map(({ name }) => splitAdvertisedName(name)?.server ?? name))
  let named = ''
  for (const server of servers) {
    const longer = named === '' ? server : `${named}, ${server}`
    if (longer.length > most) break
    named = longer
  }
  return {
    type: 'function',
    function: {
      name: OWN_TOOLS.search,
      description: `Finds other tools by what they do, so that they can be called. There are such for ${named}.`,
      parameters: {
        type: 'object',
        properties: { query: { type: 'string', description: 'A few words, such as "read file".' } },
        required: ['query'],
      },
    },
  }
}

export interface ChoiceOptions {
  /** All that there are for the caller. */
  tools: readonly Tool[]
  /** Those that the model knows, in their order: they come first. */
  known: readonly string[]
  /** Those that the model looked for. */
  sought: readonly string[]
  /** What is asked, in the person's words. */
  question: string
  /** The tools that the question may be about, the best first. */
  found: readonly string[]
  /** How many tokens the model can see at once. */
  context: number
  /** How many tokens of its own this model makes of one by our estimate. */
  scale: number
}

/** The tools to show, in OpenAI's shape. */
export function chooseTools(options: ChoiceOptions): FunctionTool[] {
  const { tools, sought, context, scale } = options
  const room = Math.floor((context * TOOLS_SHARE) / scale)
  const whole = tools.map(wholeForm)
  if (tools.length <= ALL_UP_TO && costOf(whole) <= room) return whole
  const budget = Math.min(room, MOST_CHOSEN_TOKENS)
  const offers = candidates(options).map((tool) => new Offer(tool))
  const isSought = ({ name }: Offer) => sought.includes(name)
  const shown = new Set<Offer>()
  const search = searchTool(tools, Math.min(MOST_NAMED, Math.floor(budget * NAMED_SHARE)))
  let used = costOf([search])
  for (const offer of [...offers.filter(isSought), ...offers.filter((one) => !isSought(one))]) {
    if (shown.size + 1 >= MOST_SHOWN) break
    if (used + offer.cost > budget * (shown.size === 0 ? 1 : SHORT_SHARE)) continue
    shown.add(offer)
    used += offer.cost
  }
  if (shown.size === 0) return []
  const inOrder = offers.filter((offer) => shown.has(offer))
  for (const offer of inOrder) used += offer.grow(budget - used)
  return [search, ...inOrder.map(({ form }) => form)]
}

/** A tool in the form in which it is shown. */
class Offer {
  readonly name: string
  form: FunctionTool
  cost: number
  readonly #longer: FunctionTool[]

  constructor(tool: Tool) {
    const [shortest, ...longer] = formsOf(tool)
    this.name = tool.name
    this.form = shortest
    this.cost = costOf([shortest])
    this.#longer = longer
  }

  /** Takes the longest form that so many tokens more are enough for; gives how many it took. */
  grow(tokens: number): number {
    const before = this.cost
    for (const form of this.#longer) {
      const cost = costOf([form])
      if (cost - before > tokens) break
      this.form = form
      this.cost = cost
    }
    return this.cost - before
  }
}

/** How many tokens tools take in a prompt, by our estimate. */
export const costOf = (tools: readonly JsonObject[]): number =>
  tools.reduce((sum, tool) => sum + estimateText(JSON.stringify(tool)), 0)

/** In the order in which they are shown; those that nothing speaks for come last. */
function candidates({ tools, known, sought, question, found }: ChoiceOptions): Tool[] {
  const byName = new Map(tools.map((tool) => [tool.name, tool]))
  const there = (names: Iterable<string>) => [...new Set(names)].filter((name) => byName.has(name))
  // A question about documents has their words and none of the tools for them.
  const ofDocuments = FILE_NAME.test(question)
    ? [READ_DOCUMENT, ...found, SEARCH_DOCUMENTS]
    : [...found.slice(0, FOUND_FIRST), SEARCH_DOCUMENTS, ...found.slice(FOUND_FIRST), READ_DOCUMENT]
  const fitting = there(ofDocuments)
  const isAboutNothing = found.length === 0 && known.length === 0
  const fresh = there([...sought, ...fitting]).filter((name) => !known.includes(name))
  const kept = there(known)
  fresh.splice(kept.length > 0 ? MOST_FRESH : MOST_SHOWN - 1)
  // What is known and fits stays; of the rest the last make room.
  while (kept.length + fresh.length >= MOST_SHOWN) {
    const at = kept.findLastIndex((name) => !fitting.includes(name) && !sought.includes(name))
    if (at < 0) break
    kept.splice(at, 1)
  }
  const names = [...kept, ...fresh, ...(isAboutNothing ? byName.keys() : [])]
  return there(names).flatMap((name) => byName.get(name) ?? [])
}

/** From the shortest to the longest. */
function formsOf(tool: Tool): [FunctionTool, ...FunctionTool[]] {
  const { properties, required } = tool.inputSchema
  const all = Object.entries(isRecord(properties) ? properties : {})
  const isNeeded = ([name]: [string, unknown]) => Array.isArray(required) && required.includes(name)
  const first = all.find((one) => !isNeeded(one))
  return [
    shortForm(tool, all.filter(isNeeded)),
    shortForm(
      tool,
      all.filter((one) => one === first || isNeeded(one)),
    ),
    shortForm(tool, all),
    wholeForm(tool),
  ]
}

const wholeForm = ({ name, description, inputSchema }: Tool): FunctionTool => ({
  type: 'function',
  function: { name, description, parameters: inputSchema },
})

/** With the first sentence of its description, and these parameters without theirs. */
function shortForm({ name, description, inputSchema }: Tool, some: [string, unknown][]): FunctionTool {
  const [sentence = ''] = /^.*?[.!?](?=\s|$)/s.exec(description) ?? [description]
  const properties = Object.fromEntries(some.map(([of, schema]) => [of, withoutWords(schema)]))
  const { required } = inputSchema
  const needed = Array.isArray(required) && required.length > 0 ? { required } : {}
  return {
    type: 'function',
    function: {
      name,
      description: sentence.slice(0, MOST_SENTENCE),
      parameters: { type: 'object', properties, ...needed },
    },
  }
}

/** A parameter's schema without what only explains it, or with its type alone where it refers to what is left away. */
function withoutWords(schema: unknown): unknown {
  if (!isRecord(schema)) return schema
  if (JSON.stringify(schema).includes('"$ref"')) return schema.type === undefined ? {} : { type: schema.type }
  const { description: _, title: __, default: ___, examples: ____, ...rest } = schema
  return rest
}
