/** Asks the person about calls of tools that answers of conversations wait with, beside the gateway's queue. */
import { ADMIN } from '../../command/admin.ts'
import { type WaitingCall, waitingCall } from '../../command/chat/waiting-call.ts'
import type { GatewayLink } from '../../command/link.ts'
import type { InputRequest } from '../../protocol/mcp.ts'

export interface Consenting {
  link: GatewayLink
  signal: AbortSignal
  /** Calls that the person was asked about, by their names in the queue. */
  asked: Set<string>
  ask(request: InputRequest): Promise<Record<string, unknown>>
}

/** Settles once the person has answered. Rejects with an Error for people, or the reason of the signal. */
export async function askConsent(tool: string, { link, signal, asked, ask }: Consenting): Promise<void> {
  const call = await waitingCall(link, tool, asked, signal)
  if (!call) throw new Error(`${tool} waits for your consent; "luca approve" shows it.`)
  try {
    const { action } = await ask(questionAbout(call))
    await link.ask(ADMIN.decideApproval, { id: call.id, allow: action === 'accept' }, signal)
  } catch (error) {
    // Whoever comes back to the answer is asked again.
    asked.delete(call.id)
    throw error
  }
}

function questionAbout({ tool, given, text, what, warning }: WaitingCall): InputRequest {
  const lines = [
    `${tool} ${given}`,
    ...(text === undefined ? [] : [text]),
    ...(what === undefined ? [] : [`It would ${what}.`]),
    ...(warning === undefined ? [] : [warning]),
  ]
  return { method: 'elicitation/create', params: { message: lines.join('\n'), requestedSchema: {} } }
}
