/** The way to the root helper, which is part of the image alone. */
import { connect } from '../client/connect.ts'
import { type Connection, ConnectionLost } from '../client/connection.ts'
import { ADMIN_SOCKET, type ParamsOf, type ResultOf, type VerbName } from '../contracts/admin-helper.ts'
import { ERRORS } from '../protocol/errors.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import { CliError } from './cli-error.ts'
import type { Context } from './command.ts'
import { patiently } from './output.ts'
import { PRODUCT } from './version.ts'

/**
 * What the helper answers to a verb. `doing` says on a terminal what takes so long. Throws a CliError with the helper's
 * own sentence where it refuses, and one that says where it is to be had where it does not answer.
 */
export function askHelper<V extends VerbName>(
  context: Context,
  verb: V,
  params: ParamsOf<V>,
  doing: string,
): Promise<ResultOf<V>> {
  return patiently(context, () => doing, ask(context, verb, params))
}

async function ask<V extends VerbName>(
  { io, signal }: Context,
  verb: V,
  params: ParamsOf<V>,
): Promise<ResultOf<V>> {
  const connection = await open(io.env.LLMBDO_ADMIN_SOCKET || ADMIN_SOCKET)
  try {
    return (await connection.request(verb, params, { signal })) as unknown as ResultOf<V>
  } catch (cause) {
    if (cause instanceof RpcError)
      throw new CliError(cause.code === ERRORS.FORBIDDEN.code ? 'denied' : 'failed', cause.message, { cause })
    if (cause instanceof ConnectionLost)
      throw new CliError(
        'unreachable',
        'The root helper ended before it answered; "journalctl -u llmbasedos-admin" says why.',
        { cause },
      )
    throw cause
  } finally {
    connection.close()
  }
}

async function open(path: string): Promise<Connection> {
  try {
    return await connect(path, { clientInfo: PRODUCT })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EACCES')
      throw new CliError('denied', `You may not use ${path}; the users of this system may.`, { cause })
    throw new CliError(
      'unreachable',
      'The root helper does not answer: it is part of the appliance\'s image; "luca up" has none.',
      { cause },
    )
  }
}
