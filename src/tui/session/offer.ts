/** What the gateway offers. */

import type { GatewayLink } from '../../command/link.ts'
import { METHOD, type Tool } from '../../protocol/mcp.ts'
import { splitAdvertisedName } from '../../protocol/names.ts'
import { methodsIn, pathsIn, toolPageIn, toolResultIn } from '../model/answers.ts'
import type { Offer } from '../model/message.ts'

/** All tools, methods and servers, as far as they can be understood. Rejects with the gateway's error. */
export async function offerOf(link: GatewayLink): Promise<Offer> {
  const [methods, tools] = await Promise.all([link.v1('mcp.hello', undefined), allTools(link)])
  return { tools, methods: methodsIn(methods) ?? [], servers: serversOf(tools) }
}

async function allTools(link: GatewayLink): Promise<Tool[]> {
  const tools: Tool[] = []
  let cursor: string | undefined
  do {
    const page = toolPageIn(await link.request(METHOD.listTools, cursor === undefined ? {} : { cursor }))
    tools.push(...(page?.tools ?? []))
    cursor = page?.nextCursor
  } while (cursor !== undefined)
  return tools
}

const serversOf = (tools: readonly Tool[]): Offer['servers'] =>
  [
    ...new Set(
      tools.map(({ name }) => splitAdvertisedName(name)?.server).filter((name) => name !== undefined),
    ),
  ].sort()

/** How many files a part of a name finds at most. */
const MAX_FOUND = 20

/** Served files by a part of their names; none where that is too little to look for. Rejects with the gateway's error. */
export async function filesNamed(link: GatewayLink, query: string): Promise<string[]> {
  const part = query.trim().replace(/[*?[\]{}\\]/g, '?')
  if (part.length < 3 || /\s/.test(part)) return []
  const result = toolResultIn(
    await link.request(METHOD.callTool, {
      name: 'fs_search_files',
      arguments: { path: '/', pattern: `**/*${part}*`, limit: MAX_FOUND },
    }),
  )
  return result ? pathsIn(result) : []
}
