/** The tools that language models call in the loop of gateway/llm: those that their caller may use, called as that caller. */
import { splitAdvertisedName } from '../protocol/names.ts'
import type { ConsentedCall } from './call/call.ts'
import { usableWithin } from './call/within.ts'
import type { Callbacks } from './callbacks/callbacks.ts'
import type { ToolHost } from './llm/loop/host.ts'
import type { Catalogue, View } from './routing/catalogue.ts'
import { findTools } from './routing/tool-search/tools.ts'

/** Servers whose tools would have a model ask a model. */
const OF_MODELS: ReadonlySet<string> = new Set(['llm', 'chat'])

export function createToolHost(catalogue: Catalogue, callbacks: Callbacks): ToolHost {
  const viewOf = (call: ConsentedCall) => catalogue.view(undefined, call.grant) as View
  return {
    tools(call) {
      const busy = serversAround(call)
      return viewOf(call).tools.filter(({ name }) => {
        const server = splitAdvertisedName(name)?.server ?? ''
        return !OF_MODELS.has(server) && !busy.has(server) && isUsable(call, name)
      })
    },
    find: (call, text) => findTools(viewOf(call), text),
    call: (call, trace, made) => callbacks.make(call, trace, made),
  }

  /** Whether the server that asks for the answer, if one does, may call it: with another one the call would be refused. */
  function isUsable({ within }: ConsentedCall, name: string): boolean {
    const item = catalogue.findTool(undefined, name)?.item
    if (!item) return false
    const needed = item.alsoNeeds === undefined ? [item.capability] : [item.capability, item.alsoNeeds]
    return usableWithin(within, needed).length === needed.length
  }
}

/** Servers that wait for this very call. */
function serversAround({ within }: ConsentedCall): ReadonlySet<string | undefined> {
  const servers = new Set<string | undefined>()
  for (let around = within; around; around = around.call.within)
    servers.add(around.call.resolved.target?.descriptor.service_name)
  return servers
}
