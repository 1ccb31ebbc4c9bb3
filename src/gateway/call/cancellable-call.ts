/** A request whose signal is made when it is asked for. */
import type { Cancellation } from '../../protocol/cancellation.ts'
import type { Inbound } from './call.ts'

export type CallFields = Omit<Inbound, 'signal' | 'cancellation'> & { cancellation: Cancellation }

export class CancellableCall implements Inbound {
  principal: Inbound['principal']
  transport: Inbound['transport']
  server: Inbound['server']
  session: Inbound['session']
  toolset: Inbound['toolset']
  method: string
  params: Inbound['params']
  client: Inbound['client']
  readonly registered: Inbound['registered']
  attaches: boolean
  readonly within: Inbound['within']
  notify: Inbound['notify']
  drained: Inbound['drained']
  readonly cancellation: Cancellation

  constructor(fields: CallFields) {
    this.principal = fields.principal
    this.transport = fields.transport
    this.server = fields.server
    this.session = fields.session
    this.toolset = fields.toolset
    this.method = fields.method
    this.params = fields.params
    this.client = fields.client
    this.registered = fields.registered
    this.attaches = fields.attaches === true
    this.within = fields.within
    this.notify = fields.notify
    this.drained = fields.drained
    this.cancellation = fields.cancellation
  }

  get signal(): AbortSignal {
    return this.cancellation.signal
  }
}
