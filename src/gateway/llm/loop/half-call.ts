/** A call of a tool that a model began in its own notation, and that is none: it stands in the answer, and is nothing to show. */

/** How calls begin in the notations of Hermes and Qwen, Mistral, Granite and Llama 3. */
const MARKS = ['<tool_call>', '[TOOL_CALLS]', '<|tool_call|>', '<|python_tag|>'] as const
const OPENING = /(?:<tool_call>|\[TOOL_CALLS\]|<\|tool_call\|>|<\|python_tag\|>)\s*(?:[[{]|$)/
const LONGEST = Math.max(...MARKS.map(({ length }) => length))

/** Where it begins; -1 where there is none. Before `from` there is none that is known. */
export function halfCallAt(text: string, from = 0): number {
  const at = text.slice(from).search(OPENING)
  return at < 0 ? at : from + at
}

/** How much of a text can't be the beginning of such a call, whatever follows, in characters. */
export function certainLength(text: string): number {
  for (let at = Math.max(0, text.length - LONGEST + 1); at < text.length; at++) {
    const end = text.slice(at)
    if (MARKS.some((mark) => mark.startsWith(end))) return at
  }
  return text.length
}
