/** Work whose time nobody knows before, such as what a stranger's regular expression does. */
import { createContext, Script } from 'node:vm'

/** It took longer than it may. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime'
}

const context = createContext({ work: undefined as unknown })
const SCRIPT = new Script('work()')

/** Does some work, and breaks it off after so many milliseconds, in the midst of a regular expression too. Throws OutOfTime then. */
export function within<T>(ms: number, work: () => T): T {
  context.work = work
  try {
    return SCRIPT.runInContext(context, { timeout: ms }) as T
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new OutOfTime(`It took more than ${ms} ms.`, { cause: error })
    throw error
  } finally {
    context.work = undefined
  }
}
