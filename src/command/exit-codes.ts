/** The one table of exit codes. `luca help` shows it. */
export const EXIT = {
  ok: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'the tool or the command failed; stderr says why' },
  usage: { code: 2, meaning: 'the command line is not right' },
  unreachable: { code: 3, meaning: 'no gateway, or no root helper, answers' },
  denied: { code: 4, meaning: 'the gateway or this machine does not allow it' },
  busy: { code: 5, meaning: 'another "luca up" runs there, or its port is in use' },
  nothing: { code: 6, meaning: 'it found nothing' },
  interrupted: { code: 130, meaning: 'ended by Ctrl-C, or by a signal' },
} as const

export type Outcome = keyof typeof EXIT
