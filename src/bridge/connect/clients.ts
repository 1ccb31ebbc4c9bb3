/** The clients that `luca connect` knows: where each keeps its servers, and what it must find there. */
export interface Client {
  name: string
  title: string
  /** The file that holds its servers, on each system. */
  path: Readonly<Record<System, string>>
  /** How that file is written. */
  format: 'json' | 'yaml' | 'toml'
  /** It starts no commands: it needs an address. */
  httpOnly?: true
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

const env = ({ needsToken }: Way, token: string) => (needsToken ? { env: { LLMBDO_TOKEN: token } } : {})
const bridged = (way: Way, token = TOKEN_PLACEHOLDER): object => ({ ...way.bridge, ...env(way, token) })

const authorization = ({ needsToken }: Way, token: string) =>
  needsToken ? { Authorization: `Bearer ${token}` } : undefined
/** The header by which it brings its token, under the name that the client has for headers. */
const headers = (way: Way, key = 'headers', token = TOKEN_PLACEHOLDER): object => {
  const header = authorization(way, token)
  return header ? { [key]: header } : {}
}

const home = (path: string): Client['path'] => ({
  macos: `~/${path}`,
  windows: `%USERPROFILE%\\${path.replaceAll('/', '\\')}`,
  linux: `~/${path}`,
})
/** Where VS Code keeps what is its user's. */
const ofCode = (path: string): Client['path'] => ({
  macos: `~/Library/Application Support/Code/User/${path}`,
  windows: `%APPDATA%\\Code\\User\\${path.replaceAll('/', '\\')}`,
  linux: `~/.config/Code/User/${path}`,
})

/** As most clients have it: `mcpServers`, with a command, or with what `direct` gives for an address. */
const usual =
  (direct: (url: string, way: Way) => object, more: object = {}): Client['config'] =>
  (way) => ({ mcpServers: { [NAME]: { ...(way.url ? direct(way.url, way) : bridged(way)), ...more } } })

export const CLIENTS: readonly Client[] = [
  {
    name: 'claude-desktop',
    title: 'Claude Desktop',
    path: {
      macos: '~/Library/Application Support/Claude/claude_desktop_config.json',
      windows: '%APPDATA%\\Claude\\claude_desktop_config.json',
      linux: '~/.config/Claude/claude_desktop_config.json',
    },
    format: 'json',
    config: (way) => ({ mcpServers: { [NAME]: bridged(way) } }),
  },
  {
    name: 'claude-code',
    title: 'Claude Code',
    // https://docs.claude.com/en/docs/claude-code/mcp
    path: home('.claude.json'),
    format: 'json',
    config: (way) => ({
      mcpServers: {
        [NAME]: way.url
          ? { type: 'http', url: way.url, ...headers(way) }
          : { type: 'stdio', ...bridged(way) },
      },
    }),
  },
  {
    name: 'vscode',
    title: 'VS Code',
    path: ofCode('mcp.json'),
    format: 'json',
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
          ? { type: 'http', url: way.url, ...headers(way, 'headers', ASKED_TOKEN) }
          : { type: 'stdio', ...bridged(way, ASKED_TOKEN) },
      },
    }),
  },
  {
    name: 'cursor',
    title: 'Cursor',
    path: home('.cursor/mcp.json'),
    format: 'json',
    config: usual((url, way) => ({ url, ...headers(way) })),
  },
  {
    name: 'codex',
    title: 'Codex',
    // https://developers.openai.com/codex/mcp
    path: home('.codex/config.toml'),
    format: 'toml',
    config: (way) => ({
      mcp_servers: {
        [NAME]: way.url ? { url: way.url, ...headers(way, 'http_headers') } : bridged(way),
      },
    }),
  },
  {
    name: 'gemini-cli',
    title: 'Gemini CLI',
    // https://geminicli.com/docs/tools/mcp-server
    path: home('.gemini/settings.json'),
    format: 'json',
    // Its "url" is that of the older transport.
    config: usual((httpUrl, way) => ({ httpUrl, ...headers(way) })),
  },
  {
    name: 'zed',
    title: 'Zed',
    // https://zed.dev/docs/ai/mcp
    path: {
      macos: '~/.config/zed/settings.json',
      windows: '%APPDATA%\\Zed\\settings.json',
      linux: '~/.config/zed/settings.json',
    },
    format: 'json',
    config: (way) => ({
      context_servers: { [NAME]: way.url ? { url: way.url, ...headers(way) } : bridged(way) },
    }),
  },
  {
    name: 'windsurf',
    title: 'Windsurf',
    // https://docs.windsurf.com/windsurf/cascade/mcp
    path: home('.codeium/windsurf/mcp_config.json'),
    format: 'json',
    config: usual((serverUrl, way) => ({ serverUrl, ...headers(way) })),
  },
  {
    name: 'cline',
    title: 'Cline',
    // https://docs.cline.bot/mcp/configuring-mcp-servers
    path: ofCode('globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json'),
    format: 'json',
    config: usual((url, way) => ({ type: 'streamableHttp', url, ...headers(way) }), { disabled: false }),
  },
  {
    name: 'continue',
    title: 'Continue',
    // https://docs.continue.dev/reference
    path: home('.continue/config.yaml'),
    format: 'yaml',
    config: (way) => {
      const options = headers(way)
      const direct = {
        type: 'streamable-http',
        url: way.url,
        ...(way.needsToken ? { requestOptions: options } : {}),
      }
      return { mcpServers: [{ name: NAME, ...(way.url ? direct : bridged(way)) }] }
    },
  },
  {
    name: 'goose',
    title: 'Goose',
    // https://block.github.io/goose/docs/getting-started/using-extensions
    path: {
      macos: '~/.config/goose/config.yaml',
      windows: '%APPDATA%\\Block\\goose\\config\\config.yaml',
      linux: '~/.config/goose/config.yaml',
    },
    format: 'yaml',
    config: (way) => {
      const { command, args } = way.bridge
      const token = way.needsToken ? { LLMBDO_TOKEN: TOKEN_PLACEHOLDER } : {}
      const direct = { type: 'streamable_http', uri: way.url, ...headers(way) }
      const started = { type: 'stdio', cmd: command, args, envs: token }
      const common = { enabled: true, name: NAME, description: 'Your own appliance', timeout: 300 }
      return { extensions: { [NAME]: { ...common, ...(way.url ? direct : started) } } }
    },
  },
  {
    name: 'lm-studio',
    title: 'LM Studio',
    // https://lmstudio.ai/docs/app/mcp
    path: home('.lmstudio/mcp.json'),
    format: 'json',
    config: usual((url, way) => ({ url, ...headers(way) })),
  },
  {
    name: 'librechat',
    title: 'LibreChat',
    // https://www.librechat.ai/docs/configuration/librechat_yaml/object_structure/mcp_servers
    path: {
      macos: 'librechat.yaml in its folder',
      windows: 'librechat.yaml in its folder',
      linux: 'librechat.yaml in its folder',
    },
    format: 'yaml',
    config: (way) => ({
      // It reaches no address of a private network that is not named.
      ...(way.url ? { mcpSettings: { allowedDomains: [new URL(way.url).origin] } } : {}),
      mcpServers: {
        [NAME]: way.url
          ? { type: 'streamable-http', url: way.url, ...headers(way) }
          : { type: 'stdio', ...bridged(way) },
      },
    }),
  },
  {
    name: 'open-webui',
    title: 'Open WebUI',
    // https://docs.openwebui.com/features/mcp
    path: {
      macos: 'the variable TOOL_SERVER_CONNECTIONS of its environment',
      windows: 'the variable TOOL_SERVER_CONNECTIONS of its environment',
      linux: 'the variable TOOL_SERVER_CONNECTIONS of its environment',
    },
    format: 'json',
    httpOnly: true,
    config: (way) => [
      {
        type: 'mcp',
        url: way.url,
        path: '',
        ...(way.needsToken
          ? { auth_type: 'bearer', key: TOKEN_PLACEHOLDER }
          : { auth_type: 'none', key: '' }),
        config: { enable: true },
        info: { id: NAME, name: NAME, description: 'Your own appliance' },
      },
    ],
  },
]
