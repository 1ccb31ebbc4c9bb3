/** The metrics for Prometheus. Labels are names from descriptors only: a caller can't make new ones. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { CallTrace } from '../call/call.ts'
import type { Memory } from '../call/memory.ts'

export interface Gauges {
  memory: Memory
  inFlight(): number
  sessions(): number
  problems(): number
}

export interface Metrics {
  call(tool: string, status: string, seconds: number): void
  coldStart(server: string): void
  llmTokens(used: NonNullable<CallTrace['llm']>): void
  text(): Promise<{ type: string; text: string }>
}

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const executions = new Counter({
    name: 'mcp_tool_executions_total',
    help: 'Calls by tool and how they ended.',
    labelNames: ['tool_name', 'status'],
    registers,
  })
  const time = new Histogram({
    name: 'mcp_tool_execution_seconds',
    help: 'Time of calls by tool.',
    labelNames: ['tool_name'],
    buckets: BUCKETS,
    registers,
  })
  const coldStarts = new Counter({
    name: 'llmbasedos_cold_starts_total',
    help: 'Connections that started a server.',
    labelNames: ['server'],
    registers,
  })
  const tokens = new Counter({
    name: 'llmbasedos_llm_tokens_total',
    help: 'Tokens of language models, of prompts and of answers.',
    labelNames: ['model', 'kind'],
    registers,
  })
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  gauge('llmbasedos_calls_in_flight', 'Running calls.', gauges.inFlight)
  gauge('llmbasedos_sessions', 'Sessions of legacy clients.', gauges.sessions)
  gauge('llmbasedos_descriptor_problems', 'Descriptors that could not be used.', gauges.problems)
  new Gauge({
    name: 'llmbasedos_held_bytes',
    help: 'Memory that callers make the gateway hold, by what for.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const [kind, bytes] of Object.entries(gauges.memory.byKind)) this.set({ kind }, bytes)
    },
  })
  gauge('process_resident_memory_bytes', 'Resident memory of the gateway.', () => process.memoryUsage.rss())

  // Looking a labelled child up costs more than counting; they are few.
  const timerOf = remembered((tool: string) => time.labels(tool))
  const counterOf = remembered((tool: string, status: string) => executions.labels(tool, status))
  return {
    call(tool, status, seconds) {
      timerOf(tool).observe(seconds)
      counterOf(tool, status).inc()
    },
    coldStart: (server) => coldStarts.labels(server).inc(),
    llmTokens({ model, promptTokens, completionTokens }) {
      tokens.labels(model, 'prompt').inc(promptTokens)
      tokens.labels(model, 'completion').inc(completionTokens)
    },
    text: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  }
}

function remembered<A extends string[], T>(make: (...names: A) => T): (...names: A) => T {
  const made = new Map<string, T>()
  return (...names) => {
    const key = names.join(' ')
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(...names)
    made.set(key, value)
    return value
  }
}
