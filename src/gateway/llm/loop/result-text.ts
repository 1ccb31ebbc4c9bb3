/** A tool's result as a text for a model, and its beginning where all of it is too long. */
import type { CallToolResult, Tool } from '../../../protocol/mcp.ts'
import { isRecord, textIn } from '../../../protocol/values.ts'
import { lengthWithin } from '../estimate.ts'

/** No more of a result is looked at, in characters: no model could read it. */
const MOST_LOOKED_AT = 256 * 1024
/** What of a cut text may be left away to end with a whole line. */
const LINE_SHARE = 0.5
/** Parameters by which tools give the rest of something. */
const PAGING =
  /^(?:offset|limit|cursor|pages?|page_?size|start|end|head|tail|skip|max_?\w*|from|to|first|last|after|before|lines?|start_?line|end_?line|range|view_range)$/i

/** The texts of a result; what is no text is named. Without a text, what it has for programs. */
export function resultText({ content, structuredContent }: Partial<CallToolResult>): string {
  const blocks = Array.isArray(content) ? content : []
  const texts = blocks.map(blockText).filter((text) => text !== '')
  if (texts.length > 0) return texts.join('\n')
  return structuredContent === undefined ? '' : JSON.stringify(structuredContent)
}

function blockText(block: unknown): string {
  if (!isRecord(block)) return ''
  if (block.type === 'text') return textIn(block.text) ?? ''
  const { resource } = block
  if (isRecord(resource)) return textIn(resource.text) ?? `[${textIn(resource.uri) ?? 'a resource'}]`
  if (block.type === 'resource_link') return `[${textIn(block.uri) ?? 'a resource'}]`
  return `[${textIn(block.mimeType) ?? textIn(block.type) ?? 'something'}, which is no text]`
}

/** The beginning of a text, to the end of a line where one is near, that has no more tokens than this by an estimate. */
export function beginningOf(text: string, tokens: number): string {
  const looked = text.slice(0, MOST_LOOKED_AT)
  const fits = lengthWithin(looked, tokens)
  if (fits === text.length) return text
  const line = looked.lastIndexOf('\n', fits)
  const end = line >= fits * LINE_SHARE ? line : fits
  // Half of a pair of code units is no character.
  return looked.slice(0, end).replace(/[\ud800-\udbff]$/, '')
}

/** What stands after a beginning: how much of it there is, and how to get the rest. */
export function cutNote(shown: number, all: number, tool: Tool | undefined): string {
  const { properties } = tool?.inputSchema ?? {}
  const paging = Object.keys(isRecord(properties) ? properties : {}).filter((name) => PAGING.test(name))
  const way =
    paging.length > 0
      ? `${tool?.name} gives other parts with ${paging.slice(0, 4).join(', ')}.`
      : 'Ask for less at a time to see more of it.'
  return `[Cut here: these are the first ${shown} of ${all} characters. ${way}]`
}
