/** The unit files of an added server: those of every server, and what it is granted beyond the common hardening. */
import { nodeCrypto } from '../../host/lazy.ts'

export interface Grants {
  /** Whether it may use the network. */
  network: boolean
  /** Whether it may read, or also change, the files of its user. */
  files: 'none' | 'read' | 'write'
}

/** Where an added server's files lie in the image. */
export const SERVERS = '/var/lib/llmbasedos/servers'

/** `revision` changes with what is pinned, so that whoever runs the service knows to start it anew. */
export function serviceText(name: string, revision: string): string {
  const folder = `${SERVERS}/${name}`
  return `# Made by "luca server add".
# Revision: ${revision}
[Unit]
Description=${name} of %i, a server that was added, as an MCP server

[Service]
Type=notify
ExecStart=/usr/bin/node /usr/lib/llmbasedos/stdio-adapter.cjs ${folder}/pinned.json
WatchdogSec=30s
StateDirectory=llmbasedos/${name}/%i
CacheDirectory=llmbasedos/${name}/%i
Environment=LLMBDO_IDLE_SECONDS=60
Environment=NODE_COMPILE_CACHE=/var/cache/llmbasedos/${name}/%i
# How it is started, with what may be secret in its environment.
LoadCredential=server.json:${folder}/server.json
# What it is held to; and where programs are that no package brought.
BindReadOnlyPaths=${folder}/pinned.json -/opt
`
}

/** Its grants, as a drop-in: the common hardening is one too, and beats the unit. */
export const grantsText = (name: string, grants: Grants): string =>
  `# Made by "luca server add".
[Service]
# Each session has processes of its own.
TasksMax=512
MemoryMax=1G
${identity(name, grants)}${network(grants)}`

export const socketText = (name: string): string => `# Made by "luca server add".
[Unit]
Description=Socket of ${name} of %i, a server that was added
PartOf=mcp-user@%i.target

[Socket]
ListenStream=/run/mcp/%i/${name}.sock
SocketMode=0660
SocketUser=%i
# The gateway's group.
SocketGroup=mcp
RemoveOnStop=yes
# A burst of connections must not end the socket.
TriggerLimitBurst=0

[Install]
WantedBy=mcp-user@.target
`

function identity(name: string, { files }: Grants): string {
  // A short name: with that of its user it must be within 31 characters.
  if (files === 'none') return `User=mcp${nodeCrypto().hash('sha256', name).slice(0, 8)}-%i\n`
  const bind = files === 'read' ? 'BindReadOnlyPaths' : 'BindPaths'
  return `# It works with the files of its user, as that user, and sees no other home.
DynamicUser=no
User=%i
PrivateUsers=no
ProtectHome=tmpfs
${bind}=/home/%i
`
}

const network = ({ network: allowed }: Grants): string =>
  allowed
    ? `# It was added with --allow-network.
PrivateNetwork=no
IPAddressDeny=
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
# Where names are asked for.
BindReadOnlyPaths=-/run/systemd/resolve/stub-resolv.conf
`
    : ''
