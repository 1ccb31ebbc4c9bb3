import { endingSignal } from '../../bridge/stdio/signals.ts'
import { socketTarget, type Target, TargetError, urlTarget } from '../../bridge/stdio/target.ts'
import { misuse } from '../../command/arguments.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context, Input } from '../../command/command.ts'
import { parseDuration } from '../../command/durations.ts'

export const stdio: Command = {
  name: 'stdio',
  usage: '[--url URL [--token-file FILE] [--ca FILE]] [--wait 60s]',
  summary: 'bridge stdin and stdout to the gateway, for desktop clients',
  details:
    'Relays to the gateway on this machine, or with --url to an appliance on the network, with the token ' +
    'of LLMBDO_TOKEN or --token-file. The client does not notice when the gateway goes away for a while.',
  options: {
    url: { value: 'URL', description: 'an appliance on the network, such as https://HOST:8443/mcp' },
    'token-file': { value: 'FILE', description: 'the file that holds the token, if not LLMBDO_TOKEN' },
    ca: { value: 'FILE', description: "the appliance's own certificate authority (PEM)" },
    wait: { value: 'DURATION', description: 'how long requests wait for a gateway; 60s by default' },
  },
  positionals: [0, 0],
  gateway: true,
  ownSignals: true,
  async run(input, context) {
    const wait = input.text('wait')
    const target = targetOf(input, context)
    const signal = endingSignal()
    // Loaded by those alone who want it, as it brings WebSockets.
    const { runBridge } = await import('../../bridge/stdio/run.ts')
    await runBridge(context.io, target, signal, wait === undefined ? undefined : parseDuration(wait) * 1000)
    return signal.reason === 'SIGINT' ? 'interrupted' : 'ok'
  },
}

function targetOf(input: Input, { io, gatewaySocket }: Context): Target {
  const url = input.text('url')
  if (url === undefined) {
    if (input.flag('token-file') || input.flag('ca'))
      throw misuse(stdio, '--token-file and --ca belong to --url')
    return socketTarget(gatewaySocket)
  }
  if (input.flag('socket')) throw misuse(stdio, 'either --socket or --url')
  try {
    return urlTarget({
      url,
      token: io.env.LLMBDO_TOKEN,
      tokenFile: input.text('token-file'),
      ca: input.text('ca'),
    })
  } catch (cause) {
    if (cause instanceof TargetError) throw new CliError('usage', cause.message, { cause })
    throw cause
  }
}
