/** Tells a client the parts of an answer as they come, until it has ended or the client's call has taken long enough. */
import { CHAT_LOGGER, type ChatPart, PART_CHARS } from '../../../contracts/chat.ts'
import type { Clock, ToolContext } from '../../../protocol/define.ts'
import { FOLLOW_MS } from '../limits.ts'
import type { LiveAnswer } from './live-answer.ts'

type FollowingCall = Pick<ToolContext, 'signal' | 'progress' | 'log' | 'drained'>

/** Whether the answer has ended. Rejects with the reason of the call's signal. */
export async function follow(live: LiveAnswer, call: FollowingCall, clock: Clock): Promise<boolean> {
  const done = new AbortController()
  const late = clock.wait(FOLLOW_MS, AbortSignal.any([call.signal, done.signal])).then(
    () => true,
    () => true,
  )
  let isLate = false
  let chars = 0
  let parts = 0
  let told = 0
  const tell = (part: ChatPart) => {
    const words = wordsOf(part)
    if (words !== undefined) call.progress(++told, undefined, words)
    call.log('debug', part, CHAT_LOGGER)
    return call.drained()
  }
  try {
    for (;;) {
      while (chars < live.content.length || parts < live.told.length) {
        const next = live.told[parts]
        const until = Math.min(next?.at ?? live.content.length, chars + PART_CHARS)
        if (chars < until) {
          await tell({ text: live.content.slice(chars, until) })
          chars = until
        } else if (next) {
          await tell(next.part)
          parts++
        }
        call.signal.throwIfAborted()
      }
      if (live.hasEnded || isLate) return live.hasEnded
      isLate = await Promise.race([live.changed.then(() => false), late])
      call.signal.throwIfAborted()
    }
  } finally {
    done.abort()
  }
}

/** For who sees progress alone; undefined for what says nothing to people. */
function wordsOf(part: ChatPart): string | undefined {
  if ('text' in part) return part.text
  if ('waits' in part)
    return part.waits === 'question' ? 'Waits for the answer before it.' : 'Summarises older messages.'
  if (!('step' in part)) return undefined
  const { step } = part
  switch (step.kind) {
    case 'call':
      return `Calls ${step.name}.`
    case 'asks':
      return 'Waits for your consent ("luca approve").'
    case 'shortened':
      return step.turns + step.results > 0
        ? 'Leaves out what is older, to fit.'
        : 'Leaves out part of the question, to fit.'
    case 'result':
      return step.isError ? 'The tool failed.' : undefined
    case 'shown':
      return undefined
  }
}
