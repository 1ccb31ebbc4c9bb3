/** Inbound → ResolvedCall: what a request is about, found by the name or URI it carries, and what it takes to be let through. */
import type { Described, DescribedMethod, DescribedTool } from '../../protocol/descriptor.ts'
import { isV1Method } from '../../protocol/era.ts'
import { METHOD } from '../../protocol/mcp.ts'
import { isRecord, present } from '../../protocol/values.ts'
import type { Inbound, Registered, ResolvedCall, Target } from '../call/call.ts'
import { type Catalogue, type Found, isDestructive } from './catalogue.ts'
import { unwrapCallTool } from './tool-search/tools.ts'

/** Throws RpcError for a `call_tool` that names no call. */
export type Resolve = (inbound: Inbound) => ResolvedCall

const ADMIN = 'admin/'
const NOTHING: readonly string[] = []

/** `ownMethods` are those that the gateway answers itself; the v1 methods among them are capabilities of the same name. */
export function createResolve(catalogue: Catalogue, ownMethods: Iterable<string>): Resolve {
  const own = new Map([...ownMethods].filter(isV1Method).map((method) => [method, [method]]))
  const itemOf = remembered((found: Found<Item>) => targetOf(catalogue, found, false))
  const v1Of = remembered((found: Found<Item>) => targetOf(catalogue, found, true))

  return (inbound) => {
    const { method } = inbound
    // Of the gateway's own methods some take null as a value: no choice of tools any longer.
    const given = method.startsWith(ADMIN) ? inbound.params : withoutNulls(inbound.params)
    const params = unwrapCallTool(inbound, given)
    const target = isRegistered(inbound)
      ? registeredTarget(inbound.registered, method)
      : find(method, params, inbound.server)
    const capabilities = target?.capabilities ?? own.get(method) ?? NOTHING
    return Object.freeze({ inbound, params, target, capabilities }) as ResolvedCall
  }

  function find(
    method: string,
    params: Record<string, unknown>,
    server: string | undefined,
  ): Target | undefined {
    switch (method) {
      case METHOD.callTool:
        return named(params.name, (name) => itemOf(catalogue.findTool(server, name)))
      case METHOD.getPrompt:
        return named(params.name, (name) => itemOf(catalogue.findPrompt(server, name)))
      case METHOD.readResource:
        return named(params.uri, (uri) => itemOf(catalogue.findResource(server, uri)))
      case METHOD.complete: {
        const ref = isRecord(params.ref) ? params.ref : {}
        return ref.type === 'ref/prompt'
          ? named(ref.name, (name) => itemOf(catalogue.findPrompt(server, name)))
          : named(ref.uri, (uri) => itemOf(catalogue.findResource(server, uri)))
      }
    }
    return isV1Method(method) ? v1Of(catalogue.findMethod(method)) : undefined
  }
}

const isRegistered = (inbound: Inbound): inbound is Inbound & { registered: Registered } =>
  inbound.registered !== undefined

/** What takes what the call took that registered it, and destroys nothing by itself. */
function registeredTarget({ descriptor, rights }: Registered, method: string): Target {
  const { capabilities, chosenAs } = rights
  const [capability = ''] = capabilities
  return Object.freeze({
    descriptor,
    item: { capability },
    name: method.slice(method.indexOf('/') + 1),
    capability,
    capabilities,
    chosenAs,
    calledAs: capabilities,
    destructive: false,
    asksItself: false,
    reachesOut: false,
    untrusted: undefined,
  })
}

/** Nothing has a name that is no text, however it would read as one. */
const named = (name: unknown, find: (name: string) => Target | undefined): Target | undefined =>
  typeof name === 'string' ? find(name) : undefined

/** Null means absent, for whatever a method may be given and for what is said about it. The same object where none is. */
function withoutNulls(params: Inbound['params']): Inbound['params'] {
  const given = present(params)
  const { _meta: meta } = given
  const said = isRecord(meta) ? present(meta) : meta
  return said === meta ? given : { ...given, _meta: said }
}

type Item = DescribedTool | DescribedMethod | Described

/** One target for each item, for as long as its server's descriptor stays as it is. */
function remembered(make: (found: Found<Item>) => Target) {
  const known = new WeakMap<Item, Target>()
  return (found: Found<Item> | undefined): Target | undefined => {
    if (!found) return undefined
    let target = known.get(found.item)
    if (target?.descriptor !== found.descriptor) {
      target = make(found)
      known.set(found.item, target)
    }
    return target
  }
}

/** What it is follows from the list that it stands in, never from what it has: others write what that is. */
function targetOf(catalogue: Catalogue, { descriptor, item, name }: Found<Item>, isV1: boolean): Target {
  const { capability, untrusted } = item
  const tool = descriptor.tools.find((one) => one === item)
  const method = descriptor.methods?.find((one) => one === item)
  return Object.freeze({
    descriptor,
    item,
    name,
    capability,
    capabilities: capabilitiesOf(item),
    chosenAs: catalogue.chosenAs(descriptor, name, isV1),
    calledAs: catalogue.calledAs(descriptor, name, isV1) ?? capabilitiesOf(item),
    // Prompts and resources are read, and destroy nothing.
    destructive: tool ? isDestructive(tool) : method?.destructive === true,
    asksItself: (tool ?? method)?.asksItself === true,
    reachesOut: tool !== undefined && tool.annotations?.openWorldHint !== false,
    untrusted,
  })
}

const capabilitiesOf = ({ capability, alsoNeeds }: Item): readonly string[] =>
  alsoNeeds === undefined ? [capability] : [capability, alsoNeeds]
