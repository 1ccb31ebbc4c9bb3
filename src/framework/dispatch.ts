/** The table of methods: all that a server answers to. */
import { RpcError } from '../protocol/jsonrpc.ts'
import { CURRENT_VERSION, METHOD, type Result } from '../protocol/mcp.ts'
import { complete } from './completion.ts'
import { discover, offers } from './discover.ts'
import { getPrompt, listPrompts } from './prompts.ts'
import { listResources, listResourceTemplates, readResource } from './resources.ts'
import type { RunningRequest } from './running-request.ts'
import type { Service } from './service.ts'
import { listen } from './subscriptions.ts'
import { callTool, listTools } from './tools.ts'
import { callV1, v1Verb } from './v1.ts'
import { heard, woken } from './woken.ts'

interface Method {
  run(request: RunningRequest, service: Service): Result | Promise<Result>
  /** Left out for methods that every server has. */
  offered?(descriptor: Service['descriptor']): boolean
  /** Runs until it is ended, so that no deadline applies. */
  endless?: true
}

const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  [METHOD.discover, { run: discover }],
  [METHOD.listTools, { run: listTools, offered: offers.tools }],
  [METHOD.callTool, { run: callTool, offered: offers.tools }],
  [METHOD.listPrompts, { run: listPrompts, offered: offers.prompts }],
  [METHOD.getPrompt, { run: getPrompt, offered: offers.prompts }],
  [METHOD.listResources, { run: listResources, offered: offers.resources }],
  [METHOD.listResourceTemplates, { run: listResourceTemplates, offered: offers.resources }],
  [METHOD.readResource, { run: readResource, offered: offers.resources }],
  [METHOD.complete, { run: complete, offered: offers.completions }],
  [METHOD.woken, { run: woken, offered: ({ wakes }) => wakes === true }],
  [METHOD.heard, { run: heard, offered: ({ hears }) => hears !== undefined }],
  [METHOD.listen, { run: (request, service) => listen(request, service.subscriptions), endless: true }],
])

const LEGACY: Method = { run: callV1 }

/** The method of this name. Throws METHOD_NOT_FOUND if this server has none. */
export function findMethod(name: string, service: Service): Method {
  const method = METHODS.get(name) ?? (v1Verb(name, service) === undefined ? undefined : LEGACY)
  if (method && (method.offered?.(service.descriptor) ?? true)) return method
  throw new RpcError(
    'METHOD_NOT_FOUND',
    method
      ? `The server "${service.definition.name}" offers nothing for ${name}; server/discover shows what it does.`
      : `Unknown method: ${name}. This server speaks revision ${CURRENT_VERSION}; server/discover shows what it offers.`,
  )
}
