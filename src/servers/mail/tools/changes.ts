/** What the tools that change messages have in common. */
import { ToolError } from '../../../protocol/define.ts'
import * as Type from '../../../protocol/schema.ts'
import type { Outcome } from '../change/change.ts'

/** Messages of one call. */
export const MOST_CHANGED = 100

export const IdsParameter = Type.Array(Type.Integer({ minimum: 1 }), {
  minItems: 1,
  maxItems: MOST_CHANGED,
  description: 'Numbers of emails, as lists and searches give them.',
})

export const OutcomeOutput = Type.Object({
  done: Type.Array(Type.Integer()),
  gone: Type.Array(Type.Integer(), { description: 'Not there any more.' }),
  failed: Type.Array(Type.Object({ ids: Type.Array(Type.Integer()), why: Type.String() })),
})

export const CHANGES = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: true,
} as const

/** `what` was done begins a sentence, such as `Moved to "Bills"`. Throws a ToolError where nothing was done. */
export function outcomeReply({ done, gone, failed }: Outcome, what: string, note?: string) {
  const structured = { done, gone, failed }
  const lines = [
    done.length > 0 && `${what}: ${done.join(', ')}.`,
    gone.length > 0 && `Not there any more: ${gone.join(', ')}.`,
    ...failed.map(({ ids, why }) => `Not done: ${ids.join(', ')}. ${why}`),
    done.length > 0 && note,
  ].filter((line) => typeof line === 'string')
  if (done.length === 0)
    throw new ToolError(
      (tool) =>
        [
          ...lines,
          ...(failed.length === 0 ? [`${tool('list_emails')} shows what there is, with its numbers.`] : []),
        ].join('\n'),
      { kind: 'not_found', structured, untrusted: 'mail' },
    )
  return { content: [{ type: 'text' as const, text: lines.join('\n') }], structured }
}
