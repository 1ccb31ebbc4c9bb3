/** Work of unknown duration, such as what a stranger's regular expression does. */
import { type Context, createContext, Script } from 'node:vm'

/** It took longer than it may. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime'
}

/** Made when it is first needed: few starts of a server need it. */
let made: { context: Context; script: Script } | undefined

/** Does some work, and breaks it off after so many milliseconds, in the midst of a regular expression too. Throws OutOfTime then. */
export function within<T>(ms: number, work: () => T): T {
  made ??= { context: createContext({ work: undefined }), script: new Script('work()') }
  const { context, script } = made
  context.work = work
  try {
    return script.runInContext(context, { timeout: ms }) as T
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new OutOfTime(`It took more than ${ms} ms.`, { cause: error })
    throw error
  } finally {
    context.work = undefined
  }
}
