/** Tools of servers for tests. */
import type Type from 'typebox'
import { defineTool, type ToolContext, type ToolDefinition } from '../../src/protocol/define.ts'

/** Makes tools that give the JSON of what their handler resolves to, null where that is nothing. */
export const jsonTools =
  (annotations: ToolDefinition['annotations']) =>
  <I extends ReturnType<typeof Type.Object>>(
    capability: `${string}.${string}`,
    name: string,
    input: I,
    handler: (args: Type.Static<I>, call: ToolContext) => Promise<unknown>,
  ) =>
    defineTool<void, I, never>({
      name,
      title: name,
      description: `For tests: ${name}.`,
      capability,
      input,
      annotations,
      handler: async (args, call) => JSON.stringify((await handler(args, call)) ?? null),
    })
