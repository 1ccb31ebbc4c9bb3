/** The question to a person before something may be destroyed, the meaning of the answer, and the error without a person to ask. */
import type { InputRequests } from '../../protocol/mcp.ts'
import { advertisedName } from '../../protocol/names.ts'
import { isRecord } from '../../protocol/values.ts'
import type { AdmittedCall, Target } from '../call/call.ts'
import { namePrefix } from '../call/naming.ts'
import { readBefore } from '../call/within.ts'
import { argumentLines } from './arguments.ts'
import { isShownWhole, quoted, shown } from './shown.ts'

/** The key of the question among a request's inputs. */
const KEY = 'consent'
const ONCE = 'this call only'
const FOR_A_WHILE = 'this tool for an hour'
const NO = 'no'
/** Of a client's name, and of what a server says that a call would do, in characters. */
const MAX_NAME = 60
const MAX_EFFECT = 5000
/** Of a text that would go out: of a line, in characters, and of all. */
const MAX_LINE = 1000
const MAX_TEXT = 20_000
/** A token's name that reads as one by itself. */
const PLAIN_NAME = /^[\p{L}\p{N}]+(?:[ ._@-][\p{L}\p{N}]+)*$/u

/** `none` where the question was left open, or could not be asked. */
export type Answer = 'once' | 'for_a_while' | 'no' | 'none'

/** What people know a tool by. */
export const toolOf = ({ descriptor, name }: Target): string => advertisedName(descriptor.service_name, name)

/** The same with the calls that it is made within: `agent_run → fs_delete_file`. */
export const wayOf = ({ within }: AdmittedCall, target: Target): string =>
  [...(within?.chain ?? []), toolOf(target)].join(' → ')

/** Who calls, for a person's eyes: whose token it is, which is known, and then what the client calls itself, which is its own word. */
export function whoCalls({ principal, client }: AdmittedCall): string {
  const inQuotes = quoted(principal.name, MAX_NAME)
  const isPlain = PLAIN_NAME.test(principal.name) && inQuotes === `"${principal.name}"`
  const known = isPlain ? principal.name : inQuotes
  const name: unknown = client.info?.name
  return typeof name === 'string' && name !== '' ? `${known} (${quoted(name, MAX_NAME)})` : known
}

/** A text that would go out, for a person's eyes: behind a mark, so that no line of it passes for one of ours. */
export function textLines(text: string): string[] {
  const lines = text.split('\n')
  const all: string[] = []
  let left = MAX_TEXT
  for (const line of lines) {
    const written = `> ${shown(line, MAX_LINE)}`
    left -= written.length + 1
    if (left < 0) return [...all, `(${lines.length - all.length} more lines are not shown)`]
    all.push(written)
  }
  return all
}

/** What a server says that a call would do, for a person's eyes. */
export const shownEffect = (what: string): string => shown(what, MAX_EFFECT)

/** Whether a person sees all of that. */
export const isEffectSeen = (what: string): boolean => isShownWhole(what, MAX_EFFECT)

/** What a call does that needs consent; `what` where its server said so. */
function effect({ destructive }: Target, what: string | undefined): string {
  if (what !== undefined) return `would ${shownEffect(what)}`
  return destructive ? 'can change or delete things' : 'can reach what is not on this machine'
}

/** The question as an elicitation (a form with one field). */
export function question(
  call: AdmittedCall,
  target: Target,
  {
    what,
    text,
    eachTime,
    warning,
  }: {
    what?: string | undefined
    text?: string | undefined
    eachTime?: true | undefined
    warning: string | undefined
  },
): InputRequests {
  const lines = [
    `${whoCalls(call)} asks to run ${wayOf(call, target)}, which ${effect(target, what)}.`,
    ...argumentLines(call, target),
    ...(text === undefined ? [] : textLines(text)),
    ...(warning === undefined ? [] : [warning]),
  ]
  return {
    [KEY]: {
      method: 'elicitation/create',
      params: {
        mode: 'form',
        message: lines.join('\n'),
        requestedSchema: {
          type: 'object',
          properties: {
            allow: {
              type: 'string',
              title: 'Allow',
              default: ONCE,
              // Several are asked in one form, in which one can be denied by itself.
              enum: [ONCE, ...(eachTime ? [] : [FOR_A_WHILE]), ...(call.within ? [NO] : [])],
            },
          },
        },
      },
    },
  }
}

/** Anything but a clear yes lets nothing through. */
export function readAnswer(responses: unknown): Answer {
  const response = isRecord(responses) ? responses[KEY] : undefined
  if (!isRecord(response)) return 'no'
  if (response.action === 'cancel') return 'none'
  if (response.action !== 'accept') return 'no'
  const allow = isRecord(response.content) ? response.content.allow : undefined
  if (allow === undefined || allow === ONCE) return 'once'
  return allow === FOR_A_WHILE ? 'for_a_while' : 'no'
}

/** What happened and how to go on, for a model that tells its person, where the client can't ask. */
export function unaskedText(
  call: AdmittedCall,
  target: Target,
  { what, id, waitMs }: { what: string | undefined; id: string; waitMs: number },
): string {
  return [
    `Not done: ${namePrefix(call, target.descriptor.service_name)}${target.name} ${effect(target, what)}. That needs a person's consent, which this client has not returned.`,
    `Tell the person to run "luca approve ${id}" on the machine that this tool is on. After that repeat this same call with the same arguments, within ${duration(waitMs)}; do not repeat it before.`,
    ...(readBefore(call).length === 0
      ? [
          `To let a client do so without a question, give it a token made with "luca token create NAME --trust ${target.capability}".`,
        ]
      : []),
  ].join(' ')
}

function duration(ms: number): string {
  const [count, unit] = ms < 120_000 ? [ms / 1000, 'second'] : [ms / 60_000, 'minute']
  return `${Math.floor(count)} ${unit}${Math.floor(count) === 1 ? '' : 's'}`
}
