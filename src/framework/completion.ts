/** `completion/complete`: suggestions for arguments of prompts and variables of templates. */
import type { ToolContext, UntrustedSource } from '../protocol/define.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import type { Result } from '../protocol/mcp.ts'
import { isRecord } from '../protocol/values.ts'
import { findPrompt } from './prompts.ts'
import type { RunningRequest } from './running-request.ts'
import type { Service } from './service.ts'
import { markOf } from './untrusted.ts'

const MAX_VALUES = 100

type Complete = (name: string, value: string, deps: unknown, call: ToolContext) => Promise<string[]>
/** What can be completed: the names of its parts, and how, if at all. */
interface Completable {
  names: readonly string[]
  complete: Complete | undefined
  untrusted: UntrustedSource | undefined
}

export async function complete(request: RunningRequest, service: Service): Promise<Result> {
  const { ref, argument } = request.params
  if (!isRecord(argument) || typeof argument.name !== 'string' || typeof argument.value !== 'string')
    throw new RpcError(
      'INVALID_PARAMS',
      'completion/complete needs "argument" with "name" and "value", both strings.',
    )
  const { names, complete, untrusted } = find(ref, request, service)
  if (!names.includes(argument.name))
    throw new RpcError(
      'INVALID_PARAMS',
      names.length === 0
        ? `There is no argument "${argument.name}" to complete: it has none.`
        : `There is no argument "${argument.name}" to complete; there is ${names.join(', ')}.`,
    )
  request.carriesWordsOf(untrusted)
  const values = (await complete?.(argument.name, argument.value, service.deps, request)) ?? []
  return {
    resultType: 'complete',
    completion: {
      values: values.slice(0, MAX_VALUES),
      total: values.length,
      hasMore: values.length > MAX_VALUES,
    },
    ...markOf(request.words),
  }
}

function find(ref: unknown, request: RunningRequest, service: Service): Completable {
  if (isRecord(ref) && ref.type === 'ref/prompt') {
    const prompt = findPrompt(ref.name, request, service)
    return {
      names: (prompt.arguments ?? []).map(({ name }) => name),
      complete: prompt.complete?.bind(prompt),
      untrusted: prompt.untrusted,
    }
  }
  if (isRecord(ref) && ref.type === 'ref/resource' && typeof ref.uri === 'string') {
    const template = service.templates.get(ref.uri)
    if (!template)
      throw new RpcError(
        'INVALID_PARAMS',
        'Unknown resource template; resources/templates/list lists them.',
        {
          data: { uri: ref.uri },
        },
      )
    const { untrusted } = template
    return { names: variablesOf(ref.uri), complete: template.complete?.bind(template), untrusted }
  }
  throw new RpcError(
    'INVALID_PARAMS',
    'completion/complete needs "ref": {"type": "ref/prompt", "name"} or {"type": "ref/resource", "uri"}.',
  )
}

const variablesOf = (template: string): string[] =>
  [...template.matchAll(/\{\+?(\w+)\}/g)].map(([, name]) => name as string)
