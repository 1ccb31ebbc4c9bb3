/** What a person is asked before something may be destroyed, and what the answer means. */

import type { InputRequests } from '../../protocol/mcp.ts'
import { advertisedName } from '../../protocol/names.ts'
import { isRecord } from '../../protocol/values.ts'
import type { AdmittedCall, Subject } from '../call.ts'

/** The key of the question among a request's inputs. */
const KEY = 'consent'
const ONCE = 'this call only'
const FOR_A_WHILE = 'this tool for an hour'
/** Enough to see what is at stake, in characters. */
const MAX_ARGUMENTS = 600

export type Answer = 'once' | 'for_a_while' | 'no'

export const toolOf = ({ descriptor, name }: Subject): string => advertisedName(descriptor.service_name, name)

/** The arguments for a person's eyes: bounded, and without characters that hide or rearrange others. */
export function shownArguments({ params }: AdmittedCall): string {
  const text = JSON.stringify(params.arguments ?? {}).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�')
  return text.length > MAX_ARGUMENTS ? `${text.slice(0, MAX_ARGUMENTS)}… (${text.length} characters)` : text
}

/** The question as an elicitation (a form with one field). */
export function question(call: AdmittedCall, subject: Subject, warning: string | undefined): InputRequests {
  const client = call.client.info?.name ?? call.principal.name
  const lines = [
    `"${client}" asks to run ${toolOf(subject)}, which can change or delete things.`,
    `Arguments: ${shownArguments(call)}`,
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
            allow: { type: 'string', title: 'Allow', enum: [ONCE, FOR_A_WHILE], default: ONCE },
          },
        },
      },
    },
  }
}

/** Anything but a clear yes is a no. */
export function readAnswer(responses: unknown): Answer {
  const response = isRecord(responses) ? responses[KEY] : undefined
  if (!isRecord(response) || response.action !== 'accept') return 'no'
  const allow = isRecord(response.content) ? response.content.allow : undefined
  if (allow === undefined || allow === ONCE) return 'once'
  return allow === FOR_A_WHILE ? 'for_a_while' : 'no'
}
