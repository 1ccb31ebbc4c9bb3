/** The bridge as a program of its own, for the bundle: it takes all from the environment. */

import { visible } from '../../command/output.ts'
import { runBridge } from './run.ts'
import { endingSignal } from './signals.ts'
import { urlTarget } from './target.ts'

/** What a form left empty may arrive as its placeholder. */
const given = (name: string): string | undefined => {
  const value = process.env[name]?.trim()
  return value && !value.startsWith('${') ? value : undefined
}

const url = given('LLMBDO_URL')
try {
  if (url === undefined)
    throw new Error('LLMBDO_URL must hold the address of the appliance, such as https://HOST:8443/mcp.')
  const target = urlTarget({ url, token: given('LLMBDO_TOKEN'), ca: given('LLMBDO_CA') })
  await runBridge(process, target, endingSignal())
} catch (error) {
  process.stderr.write(`${visible((error as Error).message)}\n`)
  process.exitCode = 2
}
