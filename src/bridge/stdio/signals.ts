const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Aborts with the name of the signal that is to end this process. */
export function endingSignal(): AbortSignal {
  const ending = new AbortController()
  for (const name of ENDING) process.once(name, () => ending.abort(name))
  return ending.signal
}
