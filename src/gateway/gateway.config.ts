/** The gateway's configuration, `gateway.yaml`: schema, defaults and descriptions in one place. */
import type { Static } from 'typebox'
import { defineConfig } from '../protocol/config.ts'
import { MAX_MESSAGE_BYTES } from '../protocol/limits.ts'
import * as Type from '../protocol/schema.ts'
import { originsProblem } from './auth/origin.ts'

const strings = (description: string, ...defaults: string[]) =>
  Type.Array(Type.String(), { default: defaults, description })

export const GatewayConfig = Type.Object({
  owner: Type.String({
    default: 'owner',
    description:
      'The user who administers this machine. A token reaches their servers unless it names another user.',
    env: 'LLMBDO_OWNER',
  }),
  users: Type.String({
    default: '/var/lib/llmbasedos/userdb',
    description: 'The folder of user records. Without records the owner is the only user.',
    env: 'LLMBDO_USERS',
  }),
  http: Type.Object({
    hosts: strings(
      'Names under which clients may reach the gateway, besides its addresses and the names in its certificate. Any other name in the Host header is refused.',
    ),
    origins: strings(
      'Origins of web pages that may call the gateway, besides those on this machine, such as `https://chat.example`; `*` and `null` are refused.',
    ),
    noAuth: Type.Boolean({
      default: false,
      description:
        'Accept every program on this machine without a token, and of web pages only those of http.origins. Refused on any address but loopback.',
      env: 'LLMBDO_GATEWAY_NO_AUTH',
    }),
    unknownAtOnce: Type.Integer({
      default: 384,
      minimum: 16,
      description:
        'How many connections of unidentified callers may be open. Beyond that, the oldest of the source that has most is closed.',
    }),
    unknownPerSource: Type.Integer({
      default: 128,
      minimum: 1,
      description:
        'How many of them one source may have: an IPv4 address, or the first 64 bits of an IPv6 address. Beyond that, its own oldest is closed.',
    }),
    unknownSeconds: Type.Integer({
      unit: 'seconds',
      default: 15,
      minimum: 1,
      description: 'How long a new connection has to identify its caller before it is closed.',
    }),
    connectionsAtOnce: Type.Integer({
      default: 2048,
      minimum: 1,
      description:
        'How many HTTP connections of identified callers may be open. Beyond that, the one idle for longest is closed.',
    }),
    connectionsPerCaller: Type.Integer({
      default: 1024,
      minimum: 1,
      description:
        'How many of them one user may have, over all tokens. Beyond that, their own one idle for longest is closed.',
    }),
    webSocketsAtOnce: Type.Integer({
      default: 16384,
      minimum: 1,
      description: 'How many WebSockets may be open at the same time.',
    }),
    webSocketsPerCaller: Type.Integer({
      default: 12288,
      minimum: 1,
      description: 'How many of them one user may have, over all tokens.',
    }),
  }),
  unix: Type.Object({
    connectionsAtOnce: Type.Integer({
      default: 1024,
      minimum: 1,
      description:
        'How many connections to `gateway.sock` may be open. Beyond that, the oldest without a message is closed.',
    }),
    connectionsPerCaller: Type.Integer({
      default: 256,
      minimum: 1,
      description: 'How many of them one user of this machine may have.',
    }),
  }),
  servers: Type.Object({
    sockets: Type.String({
      default: '/run/mcp',
      description: "The folder of the servers' sockets: `<sockets>/<user>/<server>.sock`.",
      env: 'LLMBDO_MCP_SOCKETS',
    }),
    descriptors: Type.String({
      default: '/usr/lib/llmbasedos/caps:/var/lib/llmbasedos/caps',
      description:
        'Folders of descriptors, separated by colons; a colon in a path is written `\\:`. Where two describe one server, the first wins.',
      env: 'LLMBDO_MCP_CAPS_DIR',
    }),
    idleSeconds: Type.Integer({
      unit: 'seconds',
      default: 30,
      minimum: 1,
      description:
        'After how long without a call the gateway closes the connection to a server, so that it can stop.',
      env: 'LLMBDO_SERVER_IDLE_SECONDS',
    }),
    startSeconds: Type.Integer({
      unit: 'seconds',
      default: 30,
      minimum: 1,
      description: 'How long a server may take to start.',
    }),
  }),
  calls: Type.Object({
    timeoutSeconds: Type.Integer({
      unit: 'seconds',
      default: 300,
      minimum: 1,
      description: 'How long a call may take.',
      env: 'LLMBDO_CALL_TIMEOUT_SECONDS',
    }),
    atOnce: Type.Integer({
      default: 4096,
      minimum: 1,
      description: 'How many calls may run at the same time, over all callers.',
    }),
    atOncePerCaller: Type.Integer({
      default: 2048,
      minimum: 1,
      description: 'How many of them one user may have, over all tokens.',
    }),
    subscriptionsPerCaller: Type.Integer({
      default: 1024,
      minimum: 1,
      description: 'How many subscriptions one user may have; a session of a legacy client has one.',
    }),
    unreadSeconds: Type.Integer({
      unit: 'seconds',
      default: 60,
      minimum: 1,
      description:
        'After how long a client that reads nothing of what waits for it is disconnected. A slow reader stays connected.',
    }),
    outputBytes: Type.Integer({
      unit: 'bytes',
      default: MAX_MESSAGE_BYTES,
      minimum: 1024,
      maximum: MAX_MESSAGE_BYTES,
      description: 'How long the answer of a server may be; no message may be longer.',
    }),
  }),
  loop: Type.Object({
    rounds: Type.Integer({
      default: 10,
      minimum: 1,
      maximum: 100,
      description:
        'How often a model that calls tools is asked within one request, before it must answer with what it has.',
    }),
    tokens: Type.Integer({
      unit: 'tokens',
      default: 500_000,
      minimum: 1000,
      description: 'How many tokens that may take, of all prompts and answers together.',
    }),
    seconds: Type.Integer({
      unit: 'seconds',
      default: 240,
      minimum: 1,
      description:
        'How long that may take, without the time that a person is waited for; at most four fifths of calls.timeoutSeconds.',
    }),
  }),
  memory: Type.Object({
    perCallerMiB: Type.Integer({
      unit: 'MiB',
      default: 96,
      minimum: 16,
      description:
        'How much memory one user may make the gateway hold, over all tokens: messages received, in work, unread, and kept for a client that may reconnect.',
    }),
    inAllMiB: Type.Integer({
      unit: 'MiB',
      default: 144,
      minimum: 16,
      description: 'How much of that all callers together may use.',
    }),
  }),
  licence: Type.Object({
    file: Type.String({
      default: '',
      description: 'The licence file; `licence.key` in the folder of configuration if empty.',
      env: 'LLMBDO_LICENCE_FILE_PATH',
    }),
    tiers: Type.String({
      default: '',
      description: 'The file of tiers; `tiers.yaml` in the folder of configuration if empty.',
      env: 'LLMBDO_LICENCE_TIERS_CONFIG_PATH',
    }),
  }),
  consent: Type.Object({
    ask: Type.Boolean({
      default: true,
      description:
        'Ask a person before a tool that can destroy something: through the client, or with `luca approve`.',
    }),
    trustedTools: strings(
      'Tools that are not asked about, by the name clients see, such as `fs_write_file`.',
    ),
    waitSeconds: Type.Integer({
      unit: 'seconds',
      default: 600,
      minimum: 1,
      description:
        'How long `luca approve` can allow a call that waits for consent, and the client then repeat it.',
    }),
    waitingAtOnce: Type.Integer({
      default: 100,
      minimum: 1,
      description:
        'How many calls may wait for consent at the same time. One token may have a fifth of them.',
    }),
  }),
  sessions: Type.Object({
    idleSeconds: Type.Integer({
      unit: 'seconds',
      default: 1800,
      minimum: 1,
      description: 'After how long without a request the session of a legacy client ends.',
    }),
    atOnce: Type.Integer({
      default: 1000,
      minimum: 1,
      description: 'How many sessions may be open. Beyond that, the one unused for longest ends.',
    }),
    atOncePerCaller: Type.Integer({
      default: 500,
      minimum: 1,
      description: 'How many of them one user may have. Beyond that, their own one unused for longest ends.',
    }),
  }),
})

export type GatewayConfig = Static<typeof GatewayConfig>

export const config = defineConfig<typeof GatewayConfig, GatewayConfig>({
  name: 'gateway',
  schema: GatewayConfig,
  derive(written, tell) {
    for (const [i, origin] of written.http.origins.entries()) {
      const problem = originsProblem([origin])
      if (problem !== undefined) tell(['http', 'origins', i], problem)
    }
    return written
  },
})
