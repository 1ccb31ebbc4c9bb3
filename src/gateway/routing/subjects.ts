/** What a request is about, found by the name or URI it carries. */
import type { Described, DescribedMethod, DescribedTool } from '../../protocol/descriptor.ts'
import { METHOD } from '../../protocol/mcp.ts'
import { isRecord } from '../../protocol/values.ts'
import type { Inbound, Subject } from '../call/call.ts'
import { type Catalogue, type Found, isDestructive } from './catalogue.ts'

export type SubjectOf = (inbound: Pick<Inbound, 'method' | 'params' | 'server'>) => Subject | undefined

export function createSubjects(catalogue: Catalogue): SubjectOf {
  return ({ method, params, server }) => {
    switch (method) {
      case METHOD.callTool:
        return ofTool(found(params.name, (name) => catalogue.findTool(server, name)))
      case METHOD.getPrompt:
        return ofOther(found(params.name, (name) => catalogue.findPrompt(server, name)))
      case METHOD.readResource:
        return ofOther(found(params.uri, (uri) => catalogue.findResource(server, uri)))
      case METHOD.complete: {
        const ref = isRecord(params.ref) ? params.ref : {}
        return ref.type === 'ref/prompt'
          ? ofOther(found(ref.name, (name) => catalogue.findPrompt(server, name)))
          : ofOther(found(ref.uri, (uri) => catalogue.findResource(server, uri)))
      }
    }
    return method.startsWith('mcp.') ? ofMethod(catalogue.findMethod(method)) : undefined
  }
}

/** Nothing has a name that is no text, however it would read as one. */
const found = <T>(name: unknown, find: (name: string) => T | undefined): T | undefined =>
  typeof name === 'string' ? find(name) : undefined

function ofTool(found: Found<DescribedTool> | undefined): Subject | undefined {
  return (
    found && {
      descriptor: found.descriptor,
      item: found.item,
      name: found.name,
      capability: found.item.capability,
      alsoNeeds: found.item.alsoNeeds,
      destructive: isDestructive(found.item),
      asksItself: found.item.asksItself === true,
      untrusted: found.item.untrusted,
    }
  )
}

function ofMethod(found: Found<DescribedMethod | DescribedTool> | undefined): Subject | undefined {
  if (!found) return undefined
  const { item } = found
  if (!('verb' in item)) return ofTool({ ...found, item })
  return {
    descriptor: found.descriptor,
    item: found.item,
    name: found.name,
    capability: item.capability,
    alsoNeeds: item.alsoNeeds,
    destructive: item.destructive,
    asksItself: item.asksItself === true,
    untrusted: item.untrusted,
  }
}

function ofOther(found: Found<Described> | undefined): Subject | undefined {
  return (
    found && {
      descriptor: found.descriptor,
      item: found.item,
      name: found.name,
      capability: found.item.capability,
      alsoNeeds: found.item.alsoNeeds,
      destructive: false,
      asksItself: false,
      untrusted: found.item.untrusted,
    }
  )
}
