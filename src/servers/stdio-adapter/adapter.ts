/** An added server as one of ours: its pinned definitions, each handled by the child of the caller's session. */
import type { CompleteRequest } from '@modelcontextprotocol/client'
import {
  describeThirdParty,
  hasDrifted,
  type LaunchSpec,
  originalName,
  type Pinned,
} from '../../contracts/third-party.ts'
import {
  isTemplate,
  type PromptDefinition,
  type ResourceDefinition,
  type ServerDefinition,
  type ToolContext,
  type ToolDefinition,
  ToolError,
} from '../../protocol/define.ts'
import type { DescribedTool } from '../../protocol/descriptor.ts'
import { cleanText } from '../../protocol/foreign-text.ts'
import type { ContentBlock, PromptMessage, ResourceContents } from '../../protocol/mcp.ts'
import type { Validator, Validators } from '../../protocol/validator.ts'
import { Child } from './child.ts'
import { OutputSchemas } from './output-schemas.ts'
import { Quarantine } from './quarantine.ts'
import { Sessions } from './sessions.ts'

interface Deps {
  sessions: Sessions
  quarantine: Quarantine
  outputs: OutputSchemas
}

/** The arguments are checked by the server itself, whose schemas may be of any kind. */
const anything: Validator = () => true

export function adapt(
  launch: LaunchSpec,
  pinned: Pinned,
): { server: ServerDefinition<Deps>; validators: Validators } {
  const described = describeThirdParty(pinned)
  const completing = (ref: CompleteRequest['params']['ref']): Pick<PromptDefinition<Deps>, 'complete'> =>
    described.completions ? { complete: (...given) => complete(ref, ...given) } : {}
  /** The name that the server itself knows an item by. */
  const known = (item: Parameters<typeof originalName>[1]) => originalName(pinned.offer, item)
  const capability = `${pinned.name}.use` as const
  const tools = described.tools.map(
    (tool): ToolDefinition<Deps> => ({
      name: tool.name,
      title: tool.title ?? tool.name,
      description: tool.description,
      capability,
      input: tool.inputSchema as never,
      annotations: tool.annotations as never,
      untrusted: 'server',
      handler: (args: Record<string, unknown>, call, deps) => callTool(tool, known(tool), args, call, deps),
    }),
  )
  const prompts = described.prompts.map(
    ({ name, title, description, arguments: parameters, _meta }): PromptDefinition<Deps> => ({
      name,
      description: description ?? '',
      ...(title === undefined ? {} : { title }),
      capability,
      untrusted: 'server',
      ...(parameters === undefined ? {} : { arguments: parameters }),
      ...completing({ type: 'ref/prompt', name: known({ name, _meta }) }),
      async handler(args, call, { sessions }) {
        const result = await sessions.run(['prompt', name, args], call, (child, lasting) =>
          child.client.getPrompt({ name: known({ name, _meta }), arguments: args }, Child.options(lasting)),
        )
        return {
          ...(result.description === undefined ? {} : { description: cleanText(result.description) }),
          messages: result.messages as PromptMessage[],
        }
      },
    }),
  )
  const read: ResourceDefinition<Deps>['read'] = async (uri, _, call, { sessions }) => {
    const { contents } = await sessions.run(['resource', uri], call, (child, lasting) =>
      child.client.readResource({ uri }, Child.options(lasting)),
    )
    return contents as ResourceContents[]
  }
  const resources = [
    ...described.resources,
    ...described.resourceTemplates.map(({ uriTemplate, ...rest }) => ({ uri: uriTemplate, ...rest })),
  ].map(
    (resource): ResourceDefinition<Deps> => ({
      ...resource,
      capability,
      untrusted: 'server',
      read,
      ...(isTemplate(resource.uri) ? completing({ type: 'ref/resource', uri: resource.uri }) : {}),
    }),
  )

  const server: ServerDefinition<Deps> = {
    name: pinned.name,
    title: described.title,
    version: described.version,
    description: described.description,
    ...(described.instructions === undefined ? {} : { instructions: described.instructions }),
    scope: 'user',
    tools,
    prompts,
    resources,
    async open({ directories, log }) {
      const quarantine = new Quarantine(pinned.name, pinned.pins, directories.state)
      const look = async (child: Child) => {
        const drift = await quarantine.look(child)
        if (hasDrifted(drift)) log.warn({ ...drift }, 'what the server offers is not what was pinned')
      }
      const sessions = new Sessions({
        server: pinned.name,
        spec: launch,
        era: pinned.offer.era,
        cwd: directories.state ?? '/',
        log,
        onStarted: look,
        onToolsChanged: (child) => void look(child).catch(() => {}),
      })
      return { sessions, quarantine, outputs: new OutputSchemas(log) }
    },
    sessionEnded: (session, { sessions }) => sessions.ended(session),
    close: ({ sessions }) => sessions.close(),
  }
  return { server, validators: Object.fromEntries(tools.map(({ name }) => [name, { input: anything }])) }
}

async function complete(
  ref: CompleteRequest['params']['ref'],
  name: string,
  value: string,
  { sessions }: Deps,
  call: ToolContext,
): Promise<string[]> {
  const argument = { name, value }
  const { completion } = await sessions.run(['complete', ref, argument], call, (child, lasting) =>
    child.client.complete({ ref, argument }, Child.options(lasting)),
  )
  // A value is given back as it was shown, so that one with invisible characters is none.
  return completion.values.filter((value) => cleanText(value) === value)
}

const callTool: ToolHandler = async (tool, name, args, call, { sessions, quarantine, outputs }) => {
  const result = await sessions.run(['tool', name, args], call, async (child, lasting) => {
    const problem = await quarantine.problem(child, tool.name)
    if (problem !== undefined) throw new ToolError(problem)
    return child.client.callTool({ name, arguments: args }, Child.options(lasting))
  })
  await sessions.roomFor(lengthOf(result), call)
  const content = result.content as ContentBlock[]
  const { structured, problem } = await outputs.read(tool, { ...result, content })
  // Some give what is structured alone, which not all clients show to a model.
  const said =
    content.length === 0 && result.structuredContent !== undefined
      ? [asText(result.structuredContent)]
      : content
  const isError = result.isError || problem !== undefined
  return {
    content: problem === undefined ? said : [{ type: 'text', text: withoutStructure(problem) }, ...said],
    ...(isError ? { isError } : {}),
    ...(structured === undefined ? {} : { structured }),
  }
}

/** Official clients refuse an answer whole, text and all, that lacks what its tool's schema has, unless it is an error. */
const withoutStructure = (problem: string): string =>
  `The call was made; do not make it again because of this. The structured part of its answer is left out, since it is not what the server says that it gives: ${cleanText(problem)}. The rest of the answer follows.`

const asText = (value: unknown): ContentBlock => ({ type: 'text', text: JSON.stringify(value) })

/** About how long an answer is that came, in bytes. */
function lengthOf({
  content,
  structuredContent,
}: {
  content?: unknown
  structuredContent?: unknown
}): number {
  const texts = (Array.isArray(content) ? content : []).flatMap(({ text, data, resource }) => [
    ...[text, data, resource?.text, resource?.blob],
  ])
  const length = texts.reduce((sum, one) => sum + (typeof one === 'string' ? one.length : 0), 0)
  return structuredContent === undefined ? length : length + JSON.stringify(structuredContent).length
}

type ToolHandler = (
  tool: DescribedTool,
  /** As the server itself knows it. */
  name: string,
  args: Record<string, unknown>,
  call: Parameters<ToolDefinition<Deps>['handler']>[1],
  deps: Deps,
) => ReturnType<ToolDefinition<Deps>['handler']>
