/**
 * The `.mcpb` bundle: the bridge alone, for machines that have no luca. A zip with a manifest and one program.
 * Source: https://github.com/modelcontextprotocol/mcpb/blob/main/MANIFEST.md
 */
import { strToU8, zipSync } from 'fflate'

const MANIFEST_VERSION = '0.3'
const PROGRAM = 'server/index.mjs'
/** The same content makes the same file. The earliest time that a zip can hold. */
const TIME = new Date(1980, 0, 1)

export interface BundleOptions {
  version: string
  /** The bundled bridge, one file of JavaScript. */
  program: string
  /** The address that the form begins with. */
  url: string | undefined
}

export function makeBundle({ version, program, url }: BundleOptions): Uint8Array {
  const manifest = {
    manifest_version: MANIFEST_VERSION,
    name: 'llmbasedos',
    display_name: 'llmbasedos',
    version,
    description: 'The files, mail and tools of your own llmbasedos appliance',
    author: { name: 'llmbasedos' },
    license: 'MIT',
    server: {
      type: 'node',
      entry_point: PROGRAM,
      mcp_config: {
        command: 'node',
        // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the client fills these in
        args: [`\${__dirname}/${PROGRAM}`],
        env: {
          LLMBDO_URL: '${user_config.url}',
          LLMBDO_TOKEN: '${user_config.token}',
          LLMBDO_CA: '${user_config.ca}',
        },
        // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
      },
    },
    user_config: {
      url: {
        type: 'string',
        title: 'Address',
        description: 'The address of the appliance, such as https://llmbasedos.local:8443/mcp',
        required: true,
        ...(url === undefined ? {} : { default: url }),
      },
      token: {
        type: 'string',
        title: 'Token',
        description: 'A token for this client, as "luca token create" prints it',
        sensitive: true,
        required: true,
      },
      ca: {
        type: 'file',
        title: 'Certificate',
        description: "The appliance's certificate authority (PEM), if its address begins with https",
        required: false,
      },
    },
    tools_generated: true,
    prompts_generated: true,
    compatibility: { platforms: ['darwin', 'win32', 'linux'], runtimes: { node: '>=20.0.0' } },
  }
  const files = {
    'manifest.json': strToU8(`${JSON.stringify(manifest, undefined, 2)}\n`),
    [PROGRAM]: strToU8(program.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')),
  }
  return zipSync(files, { mtime: TIME, level: 9 })
}
