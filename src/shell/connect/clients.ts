/** The clients that `luca connect` knows: where each keeps its servers, and what it must find there. */
export interface Client {
  name: string
  title: string
  /** The file that holds its servers, on each system. */
  path: Readonly<Record<System, string>>
  /** The content of that file. */
  config(way: Way): object
}

export type System = 'macos' | 'windows' | 'linux'

/** How a client gets to the gateway. */
export interface Way {
  /** Runs the bridge on the client's machine. */
  bridge: { command: string; args: readonly string[] }
  /** The appliance's address for clients that speak HTTP, where that is enough. */
  url: string | undefined
  /** Whether the client must bring a token. */
  needsToken: boolean
}

/** The name under which clients show it. */
const NAME = 'llmbasedos'
const TOKEN_PLACEHOLDER = 'lb_…'
const TOKEN_INPUT = 'llmbasedos-token'
const ASKED_TOKEN = `\${input:${TOKEN_INPUT}}`

const bridged = ({ bridge, needsToken }: Way, token: string): object => ({
  ...bridge,
  ...(needsToken ? { env: { LLMBDO_TOKEN: token } } : {}),
})

const direct = (url: string, { needsToken }: Way, token: string): object => ({
  url,
  ...(needsToken ? { headers: { Authorization: `Bearer ${token}` } } : {}),
})

export const CLIENTS: readonly Client[] = [
  {
    name: 'claude-desktop',
    title: 'Claude Desktop',
    path: {
      macos: '~/Library/Application Support/Claude/claude_desktop_config.json',
      windows: '%APPDATA%\\Claude\\claude_desktop_config.json',
      linux: '~/.config/Claude/claude_desktop_config.json',
    },
    config: (way) => ({ mcpServers: { [NAME]: bridged(way, TOKEN_PLACEHOLDER) } }),
  },
  {
    name: 'vscode',
    title: 'VS Code',
    path: {
      macos: '~/Library/Application Support/Code/User/mcp.json',
      windows: '%APPDATA%\\Code\\User\\mcp.json',
      linux: '~/.config/Code/User/mcp.json',
    },
    config: (way) => ({
      ...(way.needsToken
        ? {
            inputs: [
              { type: 'promptString', id: TOKEN_INPUT, description: 'llmbasedos token', password: true },
            ],
          }
        : {}),
      servers: {
        [NAME]: way.url
          ? { type: 'http', ...direct(way.url, way, ASKED_TOKEN) }
          : { type: 'stdio', ...bridged(way, ASKED_TOKEN) },
      },
    }),
  },
  {
    name: 'cursor',
    title: 'Cursor',
    path: {
      macos: '~/.cursor/mcp.json',
      windows: '%USERPROFILE%\\.cursor\\mcp.json',
      linux: '~/.cursor/mcp.json',
    },
    config: (way) => ({
      mcpServers: {
        [NAME]: way.url ? direct(way.url, way, TOKEN_PLACEHOLDER) : bridged(way, TOKEN_PLACEHOLDER),
      },
    }),
  },
]
