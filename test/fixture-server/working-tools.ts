/** Tools that take their time and tell how it goes. */
import { setTimeout as delay } from 'node:timers/promises'
import { fixtureTool, NO_ARGUMENTS } from './fixture-tool.ts'

const STEP_MS = 50
/** Long enough for a client to lose its stream and to reconnect. */
const LONG_MS = 1000

export const workingTools = [
  fixtureTool('test_tool_with_progress', 'Reports progress in three steps', NO_ARGUMENTS, async (_, call) => {
    call.progress(0, 100)
    await delay(STEP_MS, undefined, call)
    call.progress(50, 100)
    await delay(STEP_MS, undefined, call)
    call.progress(100, 100)
    return 'The tool reported its progress.'
  }),

  fixtureTool('test_tool_with_logging', 'Logs in three steps', NO_ARGUMENTS, async (_, call) => {
    call.log('info', 'Tool execution started')
    await delay(STEP_MS, undefined, call)
    call.log('info', 'Tool processing data')
    await delay(STEP_MS, undefined, call)
    call.log('info', 'Tool execution completed')
    return 'The tool logged what it did.'
  }),

  fixtureTool('test_logging_tool', 'Logs once, at every level', NO_ARGUMENTS, async (_, call) => {
    for (const level of ['debug', 'info', 'warning', 'error'] as const)
      call.log(level, `A message of ${level}`)
    return 'The tool logged to whoever asked for it.'
  }),

  fixtureTool('test_reconnection', 'Takes a second', NO_ARGUMENTS, async (_, call) => {
    await delay(LONG_MS, undefined, call)
    return 'The tool ended, whatever became of the stream it was called on.'
  }),

  fixtureTool('test_trigger_tool_change', 'Says that the tools changed', NO_ARGUMENTS, async (_, call) => {
    call.changed.tools()
    return 'Whoever listens was told.'
  }),

  fixtureTool(
    'test_trigger_prompt_change',
    'Says that the prompts changed',
    NO_ARGUMENTS,
    async (_, call) => {
      call.changed.prompts()
      return 'Whoever listens was told.'
    },
  ),

  fixtureTool(
    'test_trigger_resource_change',
    'Says that a resource changed',
    NO_ARGUMENTS,
    async (_, call) => {
      call.changed.resource('test://watched-resource')
      return 'Whoever listens was told.'
    },
  ),
]
