/**
 * Answers npm as its registry does (https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md), and
 * below /simple pip (https://packaging.python.org/en/latest/specifications/simple-repository-api/).
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

const packages = JSON.parse(readFileSync(join(import.meta.dirname, 'packages.json'), 'utf8'))

createServer((request, response) => {
  const name = decodeURIComponent(new URL(request.url, 'http://registry').pathname.slice(1))
  if (name.startsWith('simple/')) {
    const module = name.split('/')[1].replaceAll('-', '_')
    const wheels = readdirSync(import.meta.dirname).filter((file) => file.startsWith(`${module}-`))
    response.setHeader('content-type', 'text/html')
    return response.end(wheels.map((file) => `<a href="/${file}">${file}</a>`).join('\n'))
  }
  if (/\.(tgz|whl)$/.test(name)) return response.end(readFileSync(join(import.meta.dirname, name)))
  const found = packages.filter((each) => each.name === name)
  if (found.length === 0) return response.writeHead(404).end('{}')
  const versions = found.map(({ file, ...manifest }) => [
    manifest.version,
    { ...manifest, dist: { tarball: `http://${request.headers.host}/${file}` } },
  ])
  const latest = found.at(-1).version
  response.end(JSON.stringify({ name, 'dist-tags': { latest }, versions: Object.fromEntries(versions) }))
}).listen(Number(process.argv[2]), '127.0.0.1', () => execFileSync('systemd-notify', ['--ready']))
