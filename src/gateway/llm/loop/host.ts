/** What the loop needs of the gateway around it: which tools there are for a caller, and calls of them as that caller's. */
import type { Cancellation } from '../../../protocol/cancellation.ts'
import type { Result, Tool } from '../../../protocol/mcp.ts'
import type { CallTrace, ConsentedCall } from '../../call/call.ts'

export interface ToolCall {
  name: string
  arguments: Record<string, unknown>
  cancellation: Cancellation
  /** Names of tools that showed what others wrote before it. */
  read: readonly string[]
  /** Called when the call begins to wait for a person. */
  onWaiting(): void
}

export interface ToolHost {
  /** The tools that a model may be given, as clients see them. */
  tools(call: ConsentedCall): readonly Tool[]
  /** Those of them that have something of a text, the best first. */
  find(call: ConsentedCall, text: string): readonly Tool[]
  /** Calls one. Throws RpcError, or the reason of the cancellation. */
  call(call: ConsentedCall, trace: CallTrace, made: ToolCall): Promise<Result>
}

/** When a loop must end; its model then answers with what it has. */
export interface LoopLimits {
  /** How often the model may be asked before. */
  rounds: number
  /** Tokens, of all prompts and answers together. */
  tokens: number
  /** Milliseconds, without the time that a person takes. */
  ms: number
}
