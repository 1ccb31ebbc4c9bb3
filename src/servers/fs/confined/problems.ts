/** What can be wrong with a path, apart from what the system reports by errno. */
export type Reason =
  | 'absent'
  | 'appeared'
  | 'attribute'
  | 'busy'
  | 'changed'
  | 'empty'
  | 'exists'
  | 'foreign-owner'
  | 'into-itself'
  | 'is-folder'
  | 'links'
  | 'malformed'
  | 'mount-point'
  | 'not-empty'
  | 'not-folder'
  | 'not-regular'
  | 'outside'
  | 'reserved'
  | 'root'
  | 'special'
  | 'too-deep'

export class PathProblem extends Error {
  override readonly name = 'PathProblem'
  readonly reason: Reason
  /** For what is absent: the existing name that was probably meant. */
  readonly nearest: string | undefined
  /** For what is absent: what is there and looks the same, each as a sentence tells it. */
  readonly alike: readonly string[]
  /** For one that can't be kept: its name. */
  readonly attribute: string | undefined

  constructor(
    reason: Reason,
    options: ErrorOptions & {
      nearest?: string | undefined
      alike?: readonly string[]
      attribute?: string
    } = {},
  ) {
    super(reason, options)
    this.reason = reason
    this.nearest = options.nearest
    this.alike = options.alike ?? []
    this.attribute = options.attribute
  }
}

/** The errno name of an error that the system gave; undefined for any other. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
