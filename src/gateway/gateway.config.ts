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
      'The user who administers this machine, and whose servers a token reaches unless told otherwise.',
    env: 'LLMBDO_OWNER',
  }),
  users: Type.String({
    default: '/var/lib/llmbasedos/userdb',
    description: 'The folder of the records of users. Without records in it there is the owner alone.',
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
        'Let every program on this machine in without a token, and of web pages those of http.origins alone. Refused on any address but loopback.',
      env: 'LLMBDO_GATEWAY_NO_AUTH',
    }),
    unknownAtOnce: Type.Integer({
      default: 384,
      minimum: 16,
      description:
        'How many connections there may be whose callers are not known yet; the oldest of the source that has most makes room.',
    }),
    unknownPerSource: Type.Integer({
      default: 128,
      minimum: 1,
      description:
        'How many of them may be of one source, an IPv4 address or the first 64 bits of an IPv6 address; then the oldest of its own makes room.',
    }),
    unknownSeconds: Type.Integer({
      unit: 'seconds',
      default: 15,
      minimum: 1,
      description:
        'Within how long a connection must have shown whose it is, from its beginning on; else it is closed.',
    }),
    connectionsAtOnce: Type.Integer({
      default: 2048,
      minimum: 1,
      description:
        'How many HTTP connections of known callers there may be; the one that was at rest for longest makes room.',
    }),
    connectionsPerCaller: Type.Integer({
      default: 1024,
      minimum: 1,
      description:
        'How many of them may be of one user, whatever tokens he uses; then the one of his own that was at rest for longest makes room.',
    }),
    webSocketsAtOnce: Type.Integer({
      default: 16384,
      minimum: 1,
      description: 'How many WebSockets may be open at the same time.',
    }),
    webSocketsPerCaller: Type.Integer({
      default: 12288,
      minimum: 1,
      description: 'How many of them may be of one user, whatever tokens he uses.',
    }),
  }),
  unix: Type.Object({
    connectionsAtOnce: Type.Integer({
      default: 1024,
      minimum: 1,
      description:
        'How many connections to `gateway.sock` there may be; the oldest on which nothing was said makes room.',
    }),
    connectionsPerCaller: Type.Integer({
      default: 256,
      minimum: 1,
      description: 'How many of them may be of one user of this machine.',
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
        'After how long without a call the connection to a server is closed, so that it can sleep.',
      env: 'LLMBDO_SERVER_IDLE_SECONDS',
    }),
    startSeconds: Type.Integer({
      unit: 'seconds',
      default: 30,
      minimum: 1,
      description: 'Within how long a server that slept must have started.',
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
      description: 'How many calls are worked on at the same time, over all callers.',
    }),
    atOncePerCaller: Type.Integer({
      default: 2048,
      minimum: 1,
      description: 'How many of them may be of one user, whatever tokens he uses.',
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
        'After how long a client is disconnected that takes nothing of what there is for it. One that takes little is waited for.',
    }),
    outputBytes: Type.Integer({
      unit: 'bytes',
      default: MAX_MESSAGE_BYTES,
      minimum: 1024,
      maximum: MAX_MESSAGE_BYTES,
      description: 'How long the answer of a server may be; no message may be longer.',
    }),
  }),
  memory: Type.Object({
    perCallerMiB: Type.Integer({
      unit: 'MiB',
      default: 96,
      minimum: 16,
      description:
        'How much memory one user may make the gateway hold, whatever tokens he uses: with what is sent, worked on, left unread and kept for a client that may come back.',
    }),
    inAllMiB: Type.Integer({
      unit: 'MiB',
      default: 144,
      minimum: 16,
      description: 'How much of that there may be over all callers.',
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
      description: 'How many calls may wait for it at the same time; those of one token, a fifth of them.',
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
      description: 'How many sessions there may be; the one unused for longest makes room.',
    }),
    atOncePerCaller: Type.Integer({
      default: 500,
      minimum: 1,
      description:
        'How many of them may be of one user; then the one unused for longest of his own makes room.',
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
