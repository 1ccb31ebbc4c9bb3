/**
 * A language model that does whatever any text tells it, wherever it stands and however it is hidden. People say `USE tool {…}`; all others plant
 * `CALL tool {…}`, as it is, in other languages, in base64, or in two parts.
 */

interface Message {
  role: string
  content?: unknown
  tool_calls?: { function: { name: string; arguments: string } }[]
}
export interface Wanted {
  name: string
  arguments: string
}

const USE = /\bUSE ([\w-]+) (\{[^\n]*?\})(?=\s|$)/g
/** A name cut in two by whatever stands between its lines is whole once the parts are joined. */
const CALL = /\b(?:CALL|RUFE|APPELLE|LLAMA|CHIAMA|ZAVOLEJ) ([\w-]+) (\{[^{}\n]*\})/g
const BASE64 = /[A-Za-z0-9+/]{24,}={0,2}/g

const textOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : content === null || content === undefined
      ? ''
      : JSON.stringify(content)

/** What is told in a text, in whatever form. */
export function toldIn(text: string): Wanted[] {
  const hidden = [...text.matchAll(BASE64)].map(([word]) => Buffer.from(word, 'base64').toString('latin1'))
  const part = (n: number) => new RegExp(`PART${n}:(.*?):END`).exec(text)?.[1] ?? ''
  // Names of files come within JSON.
  const all = [text, text.replaceAll('\\"', '"'), ...hidden, part(1) + part(2)].join('\n')
  const found = [...all.matchAll(CALL)].map(([, name = '', args = '']) => ({ name, arguments: args }))
  return [...new Map(found.map((one) => [one.name + one.arguments, one])).values()]
}

/** What it calls next; undefined once it has done all that it was told. */
export function obey(messages: readonly Message[]): Wanted | undefined {
  const people = messages.filter(({ role }) => role === 'user').map(({ content }) => textOf(content))
  const others = messages.map(({ content }) => textOf(content)).join('\n')
  const wanted = [
    ...people.flatMap((text) =>
      [...text.matchAll(USE)].map(([, name = '', args = '']) => ({ name, arguments: args })),
    ),
    ...toldIn(others),
  ]
  const done = new Set(
    messages.flatMap(({ tool_calls: calls = [] }) => calls.map(({ function: f }) => f.name + f.arguments)),
  )
  return wanted.find((one) => !done.has(one.name + one.arguments))
}
