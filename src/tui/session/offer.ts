/** What the gateway offers. */

import type { GatewayLink } from '../../command/link.ts'
import { METHOD, type Prompt, type Tool } from '../../protocol/mcp.ts'
import { splitAdvertisedName } from '../../protocol/names.ts'
import { methodsIn, pathsIn, promptPageIn, type Reader, toolPageIn, toolResultIn } from '../model/answers.ts'
import type { Offer } from '../model/message.ts'

/** All tools, methods and servers, as far as they can be understood. Rejects with the gateway's error. */
export async function offerOf(link: GatewayLink): Promise<Offer> {
  const [methods, tools] = await Promise.all([link.v1('mcp.hello', undefined), allTools(link)])
  return { tools, methods: methodsIn(methods) ?? [], servers: serversOf(tools) }
}

async function allTools(link: GatewayLink): Promise<Tool[]> {
  const pages = await allPages(link, METHOD.listTools, toolPageIn)
  return pages.flatMap(({ tools }) => tools)
}

/** The prompts of all servers, as far as they can be understood. Rejects with the gateway's error. */
export async function allPrompts(link: GatewayLink): Promise<Prompt[]> {
  const pages = await allPages(link, METHOD.listPrompts, promptPageIn)
  return pages.flatMap(({ prompts }) => prompts)
}

async function allPages<T extends { nextCursor: string | undefined }>(
  link: GatewayLink,
  method: string,
  read: Reader<T>,
): Promise<T[]> {
  const pages: T[] = []
  let cursor: string | undefined
  do {
    const page = read(await link.request(method, cursor === undefined ? {} : { cursor }))
    if (page) pages.push(page)
    cursor = page?.nextCursor
  } while (cursor !== undefined)
  return pages
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
