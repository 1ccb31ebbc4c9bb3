import { suggestName } from '../../host/suggest.ts'
import { ToolError } from '../../protocol/define.ts'

/** How many names are suggested for one that does not exist. */
const MAX_SUGGESTIONS = 5

/** The time zone of this machine. */
export const systemZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone

/** A zone's name as it was given; throws a ToolError that suggests others if there is no such zone. */
export function findZone(name: string): string {
  if (exists(name)) return name
  const near = suggestions(name)
  throw new ToolError(
    `There is no time zone "${name.slice(0, 100)}". ${
      near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Use an IANA name, such as Europe/Paris or UTC.'
    }`,
    { kind: 'invalid' },
  )
}

function exists(name: string): boolean {
  // Intl also takes offsets, such as +01:00.
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** Zones of that city or region, then the one that is spelt most like it. */
function suggestions(name: string): string[] {
  const wanted = normal(name)
  const place = normal(name.slice(name.lastIndexOf('/') + 1))
  const zones = Intl.supportedValuesOf('timeZone')
  const ofPlace = zones.filter((zone) => place !== '' && normal(zone).split('/').includes(place))
  const places = new Map(zones.map((zone) => [zone.slice(zone.lastIndexOf('/') + 1), zone]))
  const likePlace = suggestName(place, places.keys())
  const like = [suggestName(wanted, zones), likePlace && places.get(likePlace)]
  return [...new Set([...ofPlace, ...like])]
    .filter((zone): zone is string => zone !== undefined)
    .slice(0, MAX_SUGGESTIONS)
}

const normal = (name: string): string => name.slice(0, 100).trim().toLowerCase().replaceAll(' ', '_')
