import { RpcError } from '../protocol/jsonrpc.ts'
import { EXIT, type Outcome } from './exit-codes.ts'
import type { Io } from './io.ts'
import { visible, writeJson, writeLine } from './output.ts'

/** Why a command can't do what it was asked for: one sentence for the user that says what to do next. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly outcome: Exclude<Outcome, 'ok' | 'nothing'>
  constructor(outcome: Exclude<Outcome, 'ok' | 'nothing'>, message: string, options?: ErrorOptions) {
    super(message, options)
    this.outcome = outcome
  }
}

/**
 * Says what went wrong: on stderr, or with `--json` as the one document on stdout, with the code of the exit table and,
 * where the gateway or the root helper refused, that of the protocol. Who ended it knows that already.
 */
export function reportError({ outcome, message, cause }: CliError, io: Io, json: boolean): void {
  if (outcome === 'interrupted') return
  const { code: exitCode } = EXIT[outcome]
  const rpc = cause instanceof RpcError ? { rpcCode: cause.code } : {}
  if (json) writeJson(io, { error: { code: outcome, exitCode, ...rpc, message } })
  else writeLine(io.stderr, `luca: ${visible(message)}`)
}
