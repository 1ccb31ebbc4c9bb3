/** `server/discover`: who the server is and what it can do. */
import { CURRENT_VERSION, META, type Result, type ServerCapabilities } from '../protocol/mcp.ts'
import { takesPieces } from '../protocol/pieces.ts'
import { listHint } from './pages.ts'
import type { RunningRequest } from './running-request.ts'
import type { Service } from './service.ts'

export function discover(request: RunningRequest, service: Service): Result {
  const { definition, descriptor } = service
  return {
    resultType: 'complete',
    supportedVersions: [CURRENT_VERSION],
    capabilities: capabilities(service),
    ...(descriptor.instructions === undefined ? {} : { instructions: descriptor.instructions }),
    ...listHint(service),
    _meta: {
      [META.serverInfo]: {
        name: definition.name,
        title: definition.title,
        version: definition.version,
        description: definition.description,
      },
      ...(takesPieces(request.params) ? { [META.pieces]: true } : {}),
    },
  }
}

function capabilities({ definition, descriptor }: Service): ServerCapabilities {
  const listChanged = definition.listChanged ? { listChanged: true } : {}
  return {
    logging: {},
    ...(offers.tools(descriptor) ? { tools: listChanged } : {}),
    ...(offers.prompts(descriptor) ? { prompts: listChanged } : {}),
    ...(offers.resources(descriptor)
      ? { resources: { ...listChanged, ...(definition.subscribe ? { subscribe: true } : {}) } }
      : {}),
    ...(offers.completions(descriptor) ? { completions: {} } : {}),
  }
}

/** What a server offers at all; methods of what it does not are unknown to it. */
export const offers = {
  tools: ({ tools }: Service['descriptor']) => tools.length > 0,
  prompts: ({ prompts }: Service['descriptor']) => prompts.length > 0,
  resources: ({ resources, resourceTemplates }: Service['descriptor']) =>
    resources.length + resourceTemplates.length > 0,
  completions: ({ completions }: Service['descriptor']) => completions,
}
