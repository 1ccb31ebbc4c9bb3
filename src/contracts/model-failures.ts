/** What keeps a language model from answering: the codes that its server tells, in the gateway's errors too. */
import type { ErrorName } from '../protocol/errors.ts'

interface ModelFailureEntry {
  /** The error of the one table. */
  error: ErrorName
  /** Whether another model may answer in its place. */
  passesOn: boolean
}

export const MODEL_FAILURES: Readonly<Record<string, ModelFailureEntry>> = {
  no_model: { error: 'INTERNAL', passesOn: true },
  unknown_model: { error: 'INVALID_PARAMS', passesOn: true },
  bad_model_file: { error: 'INTERNAL', passesOn: true },
  out_of_memory: { error: 'INTERNAL', passesOn: true },
  worker_died: { error: 'INTERNAL', passesOn: true },
  queue_full: { error: 'RATE_LIMITED', passesOn: true },
  rate_limited: { error: 'RATE_LIMITED', passesOn: true },
  payment_required: { error: 'INTERNAL', passesOn: true },
  unauthorized: { error: 'INTERNAL', passesOn: true },
  timeout: { error: 'INTERNAL', passesOn: true },
  unavailable: { error: 'INTERNAL', passesOn: true },
  broken_answer: { error: 'INTERNAL', passesOn: true },
  // Another model would be asked the same wrong thing.
  invalid_request: { error: 'INVALID_PARAMS', passesOn: false },
  context_length_exceeded: { error: 'INVALID_PARAMS', passesOn: false },
}
