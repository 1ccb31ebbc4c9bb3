/** Why mail can't be had now, as a sentence for people that says what they can do. */
import { ToolError } from '../../../protocol/define.ts'
import { withoutFence } from '../tools/fence.ts'

export type MailProblemKind =
  /** The server is not reached, or breaks off. Trying again later may help. */
  | 'unreachable'
  /** It does not prove who it is. */
  | 'certificate'
  /** It refuses the name or the password. Trying again changes nothing. */
  | 'login'
  /** It refuses what was asked for, such as a folder that is gone. */
  | 'refused'
  /** It sends what no server of mail sends, or more than is taken. */
  | 'broken'

export class MailProblem extends ToolError {
  override readonly name = 'MailProblem'
  readonly problem: MailProblemKind

  constructor(problem: MailProblemKind, message: string, options: ErrorOptions = {}) {
    // It may quote the server.
    super(withoutFence(message), {
      ...options,
      untrusted: 'mail',
      kind: problem === 'refused' ? 'not_found' : 'failed',
    })
    this.problem = problem
  }
}

/** Why an email was not taken by the server that it was given to. */
export class NotTaken extends MailProblem {
  /** Whether trying later may help. */
  readonly isTemporary: boolean

  constructor(
    problem: MailProblemKind,
    message: string,
    { isTemporary, ...options }: ErrorOptions & { isTemporary: boolean },
  ) {
    super(problem, message, options)
    this.isTemporary = isTemporary
  }
}

/** All of an email was sent, and nobody said what became of it. */
export class Unknown extends Error {
  override readonly name = 'Unknown'
}
