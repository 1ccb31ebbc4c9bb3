/** Where the file of a worker is. */

/**
 * The program of a worker, `./<name>.worker.ts` as seen from the module that names it; `base` is its `import.meta.url`. In a
 * bundle it is a bundle of its own beside that, `<server>.<name>.worker.mjs` (scripts/build.ts).
 */
export function workerProgram(specifier: `./${string}.worker.ts`, base: string): URL {
  if (base.endsWith('.ts')) return new URL(specifier, base)
  const name = specifier.slice(specifier.lastIndexOf('/') + 1, -'.ts'.length)
  return new URL(base.replace(/\.[cm]js$/, `.${name}.mjs`))
}
