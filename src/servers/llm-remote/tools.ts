/** The tools of the server, in the shapes of servers/llm-local: bodies of OpenAI's in, objects of OpenAI's out. */
import { defineTool, type ToolContext, type ToolReply } from '../../protocol/define.ts'
import * as Type from '../../protocol/schema.ts'
import { assemble } from './assemble.ts'
import type { Body, Chunk } from './exchange.ts'
import { ProviderFailure } from './failure.ts'
import type { Providers } from './providers.ts'

const ANNOTATIONS = { readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: true }

/** Of an answer's deltas, with what is around each of them; the whole is kept until its end. */
const MOST_CHARACTERS = 32 * 1024 * 1024

const Request = Type.Object(
  {
    model: Type.String({ description: 'A name of models.yaml.' }),
    stream: Type.Optional(
      Type.Boolean({ description: 'Whether to ask for the answer in deltas, and to send each.' }),
    ),
  },
  { description: "A body of OpenAI's; what is not named here goes to the provider as it is." },
)

const tool = (name: string, title: string, path: string) =>
  defineTool({
    name,
    title,
    description: `${title}, by a provider elsewhere.`,
    capability: 'llm.chat',
    input: Request,
    annotations: ANNOTATIONS,
    handler: (body, call, providers: Providers) => answer(path, body as Body, call, providers),
  })

export const chat = tool('chat', 'Continue a conversation', '/chat/completions')
export const complete = tool('complete', 'Continue a text', '/completions')
export const embed = tool('embed', 'Embed texts', '/embeddings')

async function answer(
  path: string,
  { stream, ...body }: Body,
  call: ToolContext,
  providers: Providers,
): Promise<ToolReply> {
  try {
    const target = await providers.find(body.model)
    const onPause = (pausing: boolean) => call.sendModelStatus({ pausing })
    if (!stream)
      return { content: [], structured: await providers.ask(target, path, body, call.signal, onPause) }
    const whole = assemble(path)
    let characters = 0
    const onChunk = (chunk: Chunk) => {
      for (const delta of whole.add(chunk)) characters += call.sendDelta(delta)
      if (characters > MOST_CHARACTERS)
        throw new ProviderFailure(
          'broken_answer',
          `The provider "${target.provider.name}" gives an answer without an end, and was stopped.`,
        )
      return call.drained()
    }
    await providers.stream(target, path, body, call.signal, onChunk, onPause)
    return { content: [], structured: whole.result() }
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    const { code, message, retryAfterMs, said } = error
    const provider = said && { status: said.status, code: said.code, type: said.type, param: said.param }
    return {
      isError: true,
      content: [{ type: 'text', text: message }],
      structured: {
        error: {
          code,
          message,
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
          ...(provider && { provider }),
        },
      },
    }
  }
}
