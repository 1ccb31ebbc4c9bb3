/** The server of mail as a process of its own, which a client's call starts, as in its unit. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '../../../client/connect.ts'
import type { Connection } from '../../../client/connection.ts'
import { Activator } from '../../../framework/testing/activator.ts'
import { FakeGateway } from '../../../framework/testing/fake-gateway.ts'
import { temporaryDirectory } from '../../../host/testing/temporary-directory.ts'
import { CONSENT_REQUIRED, META, METHOD, type Result } from '../../../protocol/mcp.ts'

export interface MailProcess extends AsyncDisposable {
  readonly activator: Activator
  readonly state: string
  /** Structured content of what a tool gives, agreed to where it asks; throws its words where it fails. Connects where no connection is open. */
  ask<T>(name: string, args?: Record<string, unknown>): Promise<T>
  /** Ends the process, and resolves once it has ended; the next call starts another. */
  end(signal: NodeJS.Signals): Promise<void>
}

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

export async function startMailProcess({
  main = MAIN,
  env = {},
  secrets = {},
}: {
  main?: string
  env?: Record<string, string>
  /** By the names of accounts. */
  secrets?: Readonly<Record<string, string>>
} = {}): Promise<MailProcess> {
  const folder = temporaryDirectory()
  const at = (name: string) => {
    const path = join(folder.path, name)
    mkdirSync(path)
    return path
  }
  const [state, configuration, credentials] = [at('state'), at('configuration'), at('credentials')]
  writeFileSync(join(configuration, 'mail.yaml'), 'hosts: [localhost, 127.0.0.1]\n')
  for (const [name, secret] of Object.entries(secrets))
    writeFileSync(join(credentials, name), secret, { mode: 0o600 })
  const socket = join(folder.path, 's')
  const activator = new Activator(
    socket,
    {
      STATE_DIRECTORY: state,
      CONFIGURATION_DIRECTORY: configuration,
      CREDENTIALS_DIRECTORY: credentials,
      ...env,
    },
    main,
  )
  await activator.ready()
  const peerRequests = new FakeGateway()
  let connection: Connection | undefined
  return {
    activator,
    state,
    async ask<T>(name: string, args: Record<string, unknown> = {}): Promise<T> {
      connection ??= await connect(socket, { clientInfo: { name: 'test', version: '1' } })
      const call = async (agreed?: unknown) => {
        const params = {
          name,
          arguments: args,
          ...(agreed !== undefined && { _meta: { [META.agreed]: agreed } }),
        }
        return (await connection?.request(METHOD.callTool, params, { peerRequests })) as Result & {
          structuredContent: T
          content: { text: string }[]
        }
      }
      const first = await call()
      const result = first.resultType === CONSENT_REQUIRED ? await call(first.state) : first
      if (result.isError) throw new Error(result.content.map(({ text }) => text).join('\n'))
      return result.structuredContent
    },
    async end(signal) {
      const ended = activator.ended.length
      activator.signal(signal)
      while (activator.ended.length === ended) await new Promise((resolve) => setTimeout(resolve, 5))
      connection?.close()
      connection = undefined
    },
    async [Symbol.asyncDispose]() {
      connection?.close()
      await activator[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}
