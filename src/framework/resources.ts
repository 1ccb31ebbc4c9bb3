/** `resources/list`, `resources/templates/list` and `resources/read`. */
import { type ResourceDefinition, ToolError } from '../protocol/define.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import type { CacheHint, Result } from '../protocol/mcp.ts'
import { matchTemplate } from '../protocol/uri-template.ts'
import { listHint, pageOf } from './pages.ts'
import type { RunningRequest } from './running-request.ts'
import type { Service } from './service.ts'
import { markOf, serverMarkOf } from './untrusted.ts'

const NOT_CACHED: CacheHint = { ttlMs: 0, cacheScope: 'private' }

export function listResources(request: RunningRequest, service: Service): Result {
  const resources = service.descriptor.resources.map(
    ({ capability: _, untrusted: __, ...resource }) => resource,
  )
  return pageOf('resources', resources, request.params.cursor, listHint(service))
}

export function listResourceTemplates(request: RunningRequest, service: Service): Result {
  const templates = service.descriptor.resourceTemplates.map(
    ({ capability: _, untrusted: __, ...template }) => template,
  )
  return pageOf('resourceTemplates', templates, request.params.cursor, listHint(service))
}

export async function readResource(request: RunningRequest, service: Service): Promise<Result> {
  const { uri } = request.params
  if (typeof uri !== 'string') throw new RpcError('INVALID_PARAMS', 'resources/read needs "uri", a string.')
  const found = findResource(uri, service)
  if (!found) throw notFound(uri)
  const { definition, variables } = found
  request.carriesWordsOf(definition.untrusted)
  try {
    const contents = await definition.read(uri, variables, request, service.deps)
    if (!contents) throw notFound(uri)
    const mark = markOf(request.words)
    return {
      resultType: 'complete',
      contents: contents.map((part) => ({ ...part, ...mark })),
      ...mark,
      ...((!request.isRetry && definition.cache) || NOT_CACHED),
    }
  } catch (thrown) {
    if (thrown instanceof ToolError)
      throw new RpcError('INVALID_PARAMS', thrown.messageFor(request.nameOf, request.may), {
        data: { uri, ...serverMarkOf(request.words) },
      })
    throw thrown
  }
}

interface Found {
  definition: ResourceDefinition<unknown>
  variables: Record<string, string>
}

/** A fixed URI goes before templates, and these are tried in the order of their definition. */
function findResource(uri: string, service: Service): Found | undefined {
  const definition = service.resources.get(uri)
  if (definition) return { definition, variables: {} }
  for (const [template, definition] of service.templates) {
    const variables = matchTemplate(template, uri)
    if (variables) return { definition, variables }
  }
  return undefined
}

const notFound = (uri: string): RpcError =>
  new RpcError(
    'INVALID_PARAMS',
    'Resource not found; resources/list and resources/templates/list list them.',
    {
      data: { uri },
    },
  )
