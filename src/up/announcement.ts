/** What `luca up` says when all is ready. */
import type { Started } from './appliance.ts'

export const urlOf = ({ port }: Pick<Started, 'port'>): string => `http://127.0.0.1:${port}/mcp`

const NO_TOKEN =
  'open   no token is needed: every program on this machine may call, and web pages of http.origins'

/** What is said of a started appliance: the last line tells that all is ready, and where. */
export const announcement = (appliance: Pick<Started, 'places' | 'token' | 'port'>): string[] => [
  `files  ${appliance.places.files}`,
  appliance.token === undefined ? NO_TOKEN : `token  ${appliance.token}`,
  `ready ${urlOf(appliance)}`,
]
