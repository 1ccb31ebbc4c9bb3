/** The gateway's configuration: schema, defaults and descriptions in one place. */
import { type Static, Type } from 'typebox'

const strings = (description: string, ...defaults: string[]) =>
  Type.Array(Type.String(), { default: defaults, description })

export const GatewayConfig = Type.Object({
  owner: Type.String({
    default: 'owner',
    description: 'The user whose servers a token reaches.',
    env: 'LLMBDO_OWNER',
  }),
  http: Type.Object({
    hosts: strings(
      'Names under which clients may reach the gateway, besides localhost and its addresses. Anything else in the Host header is refused.',
    ),
    origins: strings(
      'Origins of web pages that may call the gateway, besides those on this machine, such as https://chat.example.',
    ),
    noAuth: Type.Boolean({
      default: false,
      description:
        'Let every program on this machine in without a token. Refused on any address but loopback.',
      env: 'LLMBDO_GATEWAY_NO_AUTH',
    }),
  }),
  servers: Type.Object({
    sockets: Type.String({
      default: '/run/mcp',
      description: "The folder of the servers' sockets: <sockets>/<user>/<server>.sock.",
      env: 'LLMBDO_MCP_SOCKETS',
    }),
    descriptors: Type.String({
      default: '/usr/lib/llmbasedos/caps:/var/lib/llmbasedos/caps',
      description:
        'Folders of descriptors, separated by colons. Where two describe one server, the first wins.',
      env: 'LLMBDO_MCP_CAPS_DIR',
    }),
    idleSeconds: Type.Integer({
      default: 30,
      minimum: 1,
      description:
        'After how long without a call the connection to a server is closed, so that it can sleep.',
      env: 'LLMBDO_SERVER_IDLE_SECONDS',
    }),
  }),
  calls: Type.Object({
    timeoutSeconds: Type.Integer({
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
      description: 'How many of them may be of one caller.',
    }),
  }),
  sessions: Type.Object({
    idleSeconds: Type.Integer({
      default: 1800,
      minimum: 1,
      description: 'After how long without a request the session of an older client ends.',
    }),
    atOnce: Type.Integer({
      default: 1000,
      minimum: 1,
      description: 'How many sessions there may be; the one unused for longest makes room.',
    }),
  }),
})

export type GatewayConfig = Static<typeof GatewayConfig>
