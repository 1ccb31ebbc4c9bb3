import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '..')
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT })
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8')
const withoutCode = (text: string) => text.replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, '')

/** The links of a page that lead to files, each with its anchor. */
const linksOf = (page: string) =>
  [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path = '', anchor] = link.split('#')
      return { link, anchor, path: path === '' ? page : relative(ROOT, resolve(ROOT, dirname(page), path)) }
    })

/** The anchors of a page's headings, as they are made of them where repositories are shown. */
const anchorsOf = (page: string): string[] =>
  [
    ...read(page)
      .replaceAll(/^```.*?^```$/gms, '')
      .matchAll(/^#+ (.+)$/gm),
  ].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )

test('every link of the documentation leads to a file, and to a heading that is there', () => {
  const broken = pages.flatMap((page) =>
    linksOf(page)
      .filter(
        ({ path, anchor }) =>
          !existsSync(join(ROOT, path)) || (anchor !== undefined && !anchorsOf(path).includes(anchor)),
      )
      .map(({ link }) => `${page}: ${link}`),
  )
  assert.deepEqual(broken, [])
})

test('the index of the documentation leads to every page, and that of decisions to every decision', () => {
  const listed = ['docs/README.md', 'docs/decisions/README.md'].flatMap((page) =>
    linksOf(page).map(({ path }) => path),
  )
  const missing = pages
    .filter((page) => page.startsWith('docs/') && !page.endsWith('README.md'))
    .filter((page) => !listed.includes(page))
  assert.deepEqual(missing, [])
})

test('no link leads to a folder, which has no page where it is read as a text', () => {
  const folders = pages.flatMap((page) =>
    linksOf(page)
      .filter(({ path }) => existsSync(join(ROOT, path)) && statSync(join(ROOT, path)).isDirectory())
      .map(({ link }) => `${page}: ${link}`),
  )
  assert.deepEqual(folders, [])
})
