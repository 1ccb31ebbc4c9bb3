/** What pool and worker send each other. */
import type { ToolErrorKind, UntrustedSource } from '../../protocol/define.ts'
import { isRecord } from '../../protocol/values.ts'
import type { Described } from './thrown.ts'

/** The jobs of a worker, by name. Their arguments and results are copied as by structuredClone(). */
// biome-ignore lint/suspicious/noExplicitAny: each job has arguments of its own
export type Jobs = Readonly<Record<string, (...args: any[]) => unknown>>

export interface Job {
  readonly id: number
  readonly name: string
  readonly args: readonly unknown[]
}

/** What became of a job. */
export type Outcome =
  | { readonly result: unknown }
  /** It threw a ToolError. */
  | { readonly refused: JobError }
  | { readonly failed: Described }

export interface JobError {
  readonly message: string
  readonly kind: ToolErrorKind
  readonly structured?: unknown
  readonly untrusted?: UntrustedSource | undefined
}

export type Answer = Outcome & {
  readonly id: number
  /** About how many bytes the worker holds once the job is done, garbage included. */
  readonly heldBytes: number
}

/** Whether a message of a worker is the answer to a job; what else a parser might send is not. */
export const isAnswerTo = (id: number, message: unknown): message is Answer =>
  isRecord(message) &&
  message.id === id &&
  typeof message.heldBytes === 'number' &&
  ('result' in message || isRecord(message.refused) || isRecord(message.failed))

/** The buffers that belong to the bytes alone, which can be moved; parts of larger buffers are copied. */
export const movable = (values: readonly unknown[]): ArrayBuffer[] => [
  ...new Set(
    values.flatMap((value) =>
      value instanceof Uint8Array && value.buffer instanceof ArrayBuffer && isWhole(value)
        ? [value.buffer]
        : [],
    ),
  ),
]

const isWhole = ({ byteLength, buffer }: Uint8Array): boolean =>
  byteLength > 0 && byteLength === buffer.byteLength
