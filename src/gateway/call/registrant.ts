/** On whose behalf a server does something later, and what that one must be allowed then. */
import type { Descriptor } from '../../protocol/descriptor.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import type { ConsentedCall, ItemRights } from './call.ts'

/** Who is called later: a server of a user, on behalf of the credential that the call is made with which asks for it. */
export interface Registrant {
  user: string
  server: string
  descriptor: Descriptor
  /** The id of a principal. */
  onBehalfOf: string
  rights: ItemRights
}

/** What a call of a server registers is on behalf of its caller, and takes the rights that the call itself takes. */
export function registrantOf({ principal, resolved: { target } }: ConsentedCall): Registrant {
  if (!target)
    throw new RpcError(
      'INVALID_REQUEST',
      'This call is about nothing of a server, so that it can register nothing.',
    )
  const { descriptor, capabilities, chosenAs } = target
  return {
    user: principal.user,
    server: descriptor.service_name,
    descriptor,
    onBehalfOf: principal.id,
    rights: { capabilities, chosenAs },
  }
}
