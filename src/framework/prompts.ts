/** `prompts/list` and `prompts/get`. */

import { suggestName } from '../host/suggest.ts'
import { type PromptDefinition, ToolError } from '../protocol/define.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import type { Result } from '../protocol/mcp.ts'
import { isRecord, present } from '../protocol/values.ts'
import { listHint, pageOf } from './pages.ts'
import type { RunningRequest } from './running-request.ts'
import type { Service } from './service.ts'
import { markOf, serverMarkOf } from './untrusted.ts'

export function listPrompts(request: RunningRequest, service: Service): Result {
  const prompts = service.descriptor.prompts.map(({ capability: _, untrusted: __, ...prompt }) => prompt)
  return pageOf('prompts', prompts, request.params.cursor, listHint(service))
}

export async function getPrompt(request: RunningRequest, service: Service): Promise<Result> {
  const prompt = findPrompt(request.params.name, request, service)
  const args = checkArguments(prompt, request)
  request.carriesWordsOf(prompt.untrusted)
  try {
    const { messages, ...result } = await prompt.handler(args, request, service.deps)
    const mark = markOf(request.words)
    const marked = messages.map(({ content, ...message }) => ({
      ...message,
      content: { ...content, ...mark },
    }))
    return { resultType: 'complete', ...result, messages: marked, ...mark }
  } catch (thrown) {
    if (thrown instanceof ToolError)
      throw new RpcError('INVALID_PARAMS', thrown.messageFor(request.nameOf, request.may), {
        ...(request.words === 'server' ? { data: serverMarkOf(request.words) } : {}),
      })
    throw thrown
  }
}

/** Throws INVALID_PARAMS where there is no prompt of this name. */
export function findPrompt(
  name: unknown,
  request: RunningRequest,
  service: Service,
): PromptDefinition<unknown> {
  if (typeof name !== 'string') throw new RpcError('INVALID_PARAMS', 'A prompt is given by "name", a string.')
  const prompt = service.prompts.get(name)
  if (prompt) return prompt
  const meant = suggestName(name, service.prompts.keys())
  const hint = meant === undefined ? 'prompts/list lists them.' : `Did you mean "${request.nameOf(meant)}"?`
  throw new RpcError('INVALID_PARAMS', `Unknown prompt: "${request.nameOf(name)}". ${hint}`)
}

function checkArguments(prompt: PromptDefinition<unknown>, request: RunningRequest): Record<string, string> {
  const given = request.params.arguments ?? {}
  const args = isRecord(given) ? present(given) : given
  const name = request.nameOf(prompt.name)
  if (!isRecord(args) || !Object.values(args).every((value) => typeof value === 'string'))
    throw new RpcError('INVALID_PARAMS', `The arguments of "${name}" must be an object of strings.`)
  const missing = (prompt.arguments ?? []).filter(
    ({ name, required }) => required && !Object.hasOwn(args, name),
  )
  if (missing.length > 0)
    throw new RpcError(
      'INVALID_PARAMS',
      `The prompt "${name}" needs ${missing.map(({ name }) => `"${name}"`).join(' and ')}.`,
    )
  return args as Record<string, string>
}
