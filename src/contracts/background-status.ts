/** How a server tells its service manager, in a line for people too, what it works on without a connection. */
import { numberIn } from '../protocol/values.ts'

export interface WorkStatus {
  name: string
  /** Milliseconds since the epoch. */
  since: number
  done?: number | undefined
  total?: number | undefined
}

/** What a server says that works on nothing. */
export const AWAKE = 'awake'
/** What can be the name of a work. */
export const WORK_NAME = /^[a-z][a-z0-9-]{0,31}$/
/** How many works a server can have: the manager takes a line of 4 096 bytes. */
export const MOST_WORKS = 16

const BEGINS = 'works in the background: '
const WORK =
  /^([a-z][a-z0-9-]{0,31}) since (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)(?:, (\d{1,16})(?: of (\d{1,16}))?)?$/

export const statusOf = (works: readonly WorkStatus[]): string =>
  works.length === 0 ? AWAKE : BEGINS + works.map(inWords).join('; ')

function inWords({ name, since, done, total }: WorkStatus): string {
  const time = new Date(since).toISOString().replace(/\.\d+Z$/, 'Z')
  const far = done === undefined ? '' : `, ${done}${total === undefined ? '' : ` of ${total}`}`
  return `${name} since ${time}${far}`
}

/** The works that a status tells of; none where it tells something else. */
export function worksIn(status: string): WorkStatus[] {
  if (!status.startsWith(BEGINS)) return []
  return status
    .slice(BEGINS.length)
    .split('; ')
    .flatMap((text) => {
      const [, name, time, done, total] = WORK.exec(text) ?? []
      const since = Date.parse(time ?? '')
      if (name === undefined || Number.isNaN(since)) return []
      return {
        name,
        since,
        ...(done === undefined ? {} : { done: numberIn(done) }),
        ...(total === undefined ? {} : { total: numberIn(total) }),
      }
    })
}
