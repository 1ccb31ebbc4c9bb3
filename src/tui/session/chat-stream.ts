/** Answers of the gateway's language model, chunk by chunk. */
import { streamV1 } from '../../client/v1-stream.ts'
import { isRecord } from '../../protocol/values.ts'
import type { ChatDelta, ChatRequest } from '../model/chat.ts'

/** Settles once the answer is whole. Rejects with what `streamV1` does. */
export async function streamChat(
  socket: string,
  { messages, model, tools }: Omit<ChatRequest, 'offered'>,
  onDelta: (delta: ChatDelta) => void,
  signal: AbortSignal,
): Promise<void> {
  const options = {
    stream: true,
    // A conversation goes on where its beginning has no room any more.
    context_overflow: 'drop_oldest',
    ...(model === undefined ? {} : { model }),
    ...(tools.length > 0 ? { tools } : {}),
  }
  await streamV1(socket, 'mcp.llm.chat', [{ messages, options }], {
    signal,
    onResult(result) {
      if (!isRecord(result)) return true
      if (result.type === 'llm_stream_end') return true
      const isPart = result.type === 'llm_chunk'
      const delta = deltaOf(isPart ? result.content : result, isPart ? 'delta' : 'message')
      if (delta) onDelta(delta)
      // A gateway that does not stream gives the whole answer at once.
      return !isPart
    },
  })
}

function deltaOf(chunk: unknown, key: 'delta' | 'message'): ChatDelta | undefined {
  if (!isRecord(chunk)) return undefined
  const [choice] = Array.isArray(chunk.choices) ? chunk.choices.filter(isRecord) : []
  const given = choice && isRecord(choice[key]) ? choice[key] : {}
  const own = isRecord(chunk.llmbasedos) ? chunk.llmbasedos : {}
  return {
    ...(typeof given.content === 'string' ? { content: given.content } : {}),
    ...(Array.isArray(given.tool_calls) ? { tool_calls: readCalls(given.tool_calls) } : {}),
    ...(typeof chunk.model === 'string' ? { model: chunk.model } : {}),
    ...(typeof own.dropped_messages === 'number' ? { dropped: own.dropped_messages } : {}),
  }
}

const readCalls = (calls: readonly unknown[]): NonNullable<ChatDelta['tool_calls']> =>
  calls.filter(isRecord).map((call, place) => {
    const named = isRecord(call.function) ? call.function : {}
    return {
      index: typeof call.index === 'number' ? call.index : place,
      ...(typeof call.id === 'string' ? { id: call.id } : {}),
      function: {
        ...(typeof named.name === 'string' ? { name: named.name } : {}),
        ...(typeof named.arguments === 'string' ? { arguments: named.arguments } : {}),
      },
    }
  })
