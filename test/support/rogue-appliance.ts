/** An appliance with a server that misbehaves on demand. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installRogue } from '../rogue-server/install.ts'
import { type Appliance, type ApplianceOptions, startAppliance } from './appliance.ts'
import { callTool } from './http.ts'

/** Its calls may take three seconds. */
export async function startRogueAppliance(options: ApplianceOptions = {}): Promise<Appliance> {
  const base = await mkdtemp(join(tmpdir(), 'rogue-'))
  const forget = () => rm(base, { recursive: true, force: true })
  try {
    const { units, caps } = await installRogue(base)
    const appliance = await startAppliance({
      ...options,
      units: [units],
      descriptors: [caps],
      config: 'calls:\n  timeoutSeconds: 3\n',
    })
    const stop = async () => {
      await appliance.stop()
      await forget()
    }
    return { ...appliance, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await forget()
    throw error
  }
}

/** Throws if another server of it gives no answer. */
export async function stillWorks({ url, token }: Appliance): Promise<void> {
  const reply = await callTool(url, token, 'time_get_current_time', {})
  assert.equal(reply.status, 200)
  assert.ok(reply.json.result.content, reply.text)
}
