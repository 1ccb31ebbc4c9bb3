import type { Outcome } from './exit-codes.ts'

/** Why a command can't do what it was asked for: one sentence for the user that says what to do next. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly outcome: Exclude<Outcome, 'ok'>
  constructor(outcome: Exclude<Outcome, 'ok'>, message: string, options?: ErrorOptions) {
    super(message, options)
    this.outcome = outcome
  }
}
