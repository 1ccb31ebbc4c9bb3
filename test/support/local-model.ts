/** The units and the descriptor of the fixture that stands in for servers/llm-local. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeServer } from '../../src/protocol/descriptor.ts'
import { server } from '../llm-fixture/server.ts'
import { ROOT } from './appliance.ts'

const SOCKET = `[Socket]
ListenStream=/run/mcp/llm-local.sock
SocketMode=0660
`
const service = (empty: boolean) => `[Service]
Type=notify
ExecStart=/usr/bin/node --disable-warning=ExperimentalWarning ${join(ROOT, 'test/llm-fixture/main.ts')}
Environment=LLM_FIXTURE_EMPTY=${empty ? 1 : 0}
Restart=on-failure
`

export interface LocalModel extends AsyncDisposable {
  /** For `startAppliance`. */
  units: string[]
  descriptors: string[]
}

/** `empty` is a machine without any model. */
export async function localModel({ empty = false } = {}): Promise<LocalModel> {
  const units = await mkdtemp(join(tmpdir(), 'llm-units-'))
  const caps = await mkdtemp(join(tmpdir(), 'llm-caps-'))
  await writeFile(join(units, 'mcp-llm-local.socket'), SOCKET)
  await writeFile(join(units, 'mcp-llm-local.service'), service(empty))
  await writeFile(join(caps, 'llm-local.cap.json'), JSON.stringify(describeServer(server)))
  return {
    units: [units],
    descriptors: [caps],
    async [Symbol.asyncDispose]() {
      await rm(units, { recursive: true })
      await rm(caps, { recursive: true })
    },
  }
}
