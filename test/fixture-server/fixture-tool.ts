/** What all tools of the fixture have in common. */
import type { Static, TSchema } from 'typebox'
import Type from 'typebox'
import {
  defineTool,
  type ToolContext,
  type ToolDefinition,
  type ToolReply,
} from '../../src/protocol/define.ts'

export const NO_ARGUMENTS = Type.Object({})

/** A tool without side effects that the conformance suite calls by its name. */
export function fixtureTool<I extends TSchema>(
  name: string,
  description: string,
  input: I,
  handler: (args: Static<I>, call: ToolContext) => Promise<ToolReply | string>,
): ToolDefinition {
  return defineTool<void, I, TSchema>({
    name,
    title: description,
    description: `${description}, for tests of conformance.`,
    capability: 'fixture.test',
    input,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    handler,
  })
}
