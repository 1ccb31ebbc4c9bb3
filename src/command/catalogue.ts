/** What the gateway offers: tools and calls to them. */
import { type CallToolResult, METHOD, NOTIFICATION, type ProgressParams, type Tool } from '../protocol/mcp.ts'
import type { Context } from './command.ts'
import { patiently } from './output.ts'

/** All tools, page by page. */
export async function listTools(context: Context): Promise<Tool[]> {
  const link = await context.gateway()
  const tools: Tool[] = []
  let cursor: string | undefined
  do {
    const params = cursor === undefined ? {} : { cursor }
    const page = await link.ask<{ tools: Tool[]; nextCursor?: string }>(
      METHOD.listTools,
      params,
      context.signal,
    )
    tools.push(...page.tools)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return tools
}

/** Calls a tool; shows its progress on a terminal, and cancels it by the context's signal. */
export async function callTool(
  context: Context,
  name: string,
  args: Record<string, unknown>,
): Promise<CallToolResult> {
  const link = await context.gateway()
  let latest = name
  const work = link.request(
    METHOD.callTool,
    { name, arguments: args, _meta: { progressToken: 1 } },
    {
      signal: context.signal,
      onNotification(method, params) {
        if (method === NOTIFICATION.progress)
          latest = describeProgress(name, params as unknown as ProgressParams)
      },
    },
  )
  return (await patiently(context, () => latest, work)) as CallToolResult
}

function describeProgress(name: string, { progress, total, message }: ProgressParams): string {
  const amount = total === undefined ? String(progress) : `${progress} of ${total}`
  return `${name}: ${message ?? amount}`
}

/** A tool's answer as text; what is no text is named in brackets. */
export const textOf = (result: CallToolResult): string =>
  (result.content ?? [])
    .map((block) => {
      if (block.type === 'text') return block.text
      if (block.type === 'resource_link') return `[${block.uri}]`
      if (block.type === 'resource')
        return 'text' in block.resource ? block.resource.text : `[${block.resource.uri}]`
      return `[${block.type}, ${block.mimeType}]`
    })
    .join('\n')
