/** What was thrown, as texts: it may be anything, and hard to look at. */
export interface Described {
  readonly message: string
  readonly stack?: string
}

const MAX_CHARS = 2000

/** Never throws, whatever the value does when it is read: proxies, getters and toString may throw in turn. */
export function describeThrown(thrown: unknown): Described {
  try {
    if (!(thrown instanceof Error)) return { message: described(thrown) }
    const { name, message, stack } = thrown
    const text = `${name}: ${message}`.slice(0, MAX_CHARS)
    return typeof stack === 'string' ? { message: text, stack: stack.slice(0, MAX_CHARS) } : { message: text }
  } catch {
    return { message: 'something that can’t be read' }
  }
}

function described(thrown: unknown): string {
  switch (typeof thrown) {
    case 'string':
      return `the text ${JSON.stringify(thrown.slice(0, MAX_CHARS))}`
    case 'number':
    case 'bigint':
    case 'boolean':
      return `${thrown}`.slice(0, MAX_CHARS)
    case 'object':
      return thrown === null ? 'null' : 'an object that is no error'
    default:
      return typeof thrown === 'undefined' ? 'undefined' : `a ${typeof thrown}`
  }
}
