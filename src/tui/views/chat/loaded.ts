/** Messages as the server keeps them → turns as they are shown. */
import type { CallInfo, MessageInfo } from '../../../command/chat/conversations.ts'
import { EMPTY_FLOW, grow } from '../../text/flow.ts'
import type { ModelTurn, ToolUse, Turn } from './state.ts'

/** Whether it is still being answered. */
export const isOpen = ({ role, state }: MessageInfo): boolean =>
  role === 'assistant' && (state === 'waiting' || state === 'running')

export const turnsOf = (messages: readonly MessageInfo[]): Turn[] =>
  messages.flatMap((message): Turn[] =>
    message.role === 'user'
      ? [{ by: 'person', text: message.text, files: message.files }]
      : piecesOf(message),
  )

/** What was said up to calls, and these; then what was said after them. */
function piecesOf(message: MessageInfo): ModelTurn[] {
  const { id, text, calls, summary } = message
  const places = [...new Set(calls.map(({ at }) => Math.min(at, text.length)))].sort((a, b) => a - b)
  const ends = text.length > (places.at(-1) ?? -1) ? [...places, text.length] : places
  const pieces = ends.map((end, n): ModelTurn => {
    const said = text.slice(ends[n - 1] ?? 0, end)
    const uses = calls.flatMap((call, place) =>
      Math.min(call.at, text.length) === end ? [useOf(call, `${id} ${place}`)] : [],
    )
    return {
      by: 'model',
      message: id,
      flow: grow(EMPTY_FLOW, n === 0 ? said : said.replace(/^\n+/, '')),
      uses,
      ended: '',
      isWhole: true,
    }
  })
  const last = pieces.at(-1)
  if (!last) return []
  return pieces.with(-1, { ...last, ended: endOf(message), ...(summary !== undefined && { summary }) })
}

function useOf({ name, arguments: given, result, isError }: CallInfo, id: string): ToolUse {
  const call = { id, name, arguments: given, isOpen: false }
  return result === undefined
    ? { ...call, state: 'failed', result: UNKNOWN }
    : { ...call, state: isError ? 'failed' : 'done', result }
}

/** Of a call that did not come to its end. */
export const UNKNOWN = 'It is not known whether it took effect.'

const AGAIN = 'Alt-R asks again, Alt-L chooses another model.'

/** Why an answer is not whole; empty where it is. */
export function endOf({ state, why, text }: Pick<MessageInfo, 'state' | 'why' | 'text'>): string {
  if (state === 'stopped') return 'Stopped.'
  if (state === 'broken_off') return `${why ?? 'The answer broke off.'} ${AGAIN}`
  if (state !== 'whole') return 'It is still being answered.'
  return text === '' ? 'The answer was empty.' : ''
}
