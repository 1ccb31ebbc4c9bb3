/** Writes a configuration file that explains itself. */
import type { TObject } from 'typebox'
import { asSection, type Section } from './config-schema.ts'

const WIDTH = 100

/** A YAML file of all settings at their defaults, each under its description. */
export function exampleYaml(schema: TObject): string {
  return `${lines(asSection(schema), '').join('\n')}\n`
}

function lines(section: Section, indent: string): string[] {
  return Object.entries(section.properties).flatMap(([key, child]) => {
    const about = wrap(child.description ?? '', WIDTH - indent.length).map((line) => `${indent}# ${line}`)
    if (child.type === 'object') return [...about, `${indent}${key}:`, ...lines(child, `${indent}  `)]
    if (child.env) about.push(`${indent}# The variable ${child.env} overrides it.`)
    // A setting without a default stays a comment: it has no value to show. JSON is YAML.
    return [
      ...about,
      child.default === undefined
        ? `${indent}# ${key}:`
        : `${indent}${key}: ${JSON.stringify(child.default)}`,
    ]
  })
}

function wrap(text: string, width: number): string[] {
  const wrapped: string[] = []
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = wrapped.at(-1)
    if (last !== undefined && last.length + word.length < width)
      wrapped[wrapped.length - 1] = `${last} ${word}`
    else wrapped.push(word)
  }
  return wrapped
}
