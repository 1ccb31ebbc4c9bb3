/** Validators made at run time, for servers that exist in a test only. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { compileConfig } from '../../host/testing/compile-config.ts'
import type { ServerDefinition } from '../../protocol/define.ts'
import { SETTINGS_KEY, type Validator, type Validators, v1Key } from '../../protocol/validator.ts'

export function compileValidators<Deps>(server: ServerDefinition<Deps>): Validators {
  const ajv = new Ajv2020({ allErrors: true, strict: false })
  const compile = (schema: unknown) => ajv.compile(JSON.parse(JSON.stringify(schema))) as Validator
  return Object.fromEntries([
    ...server.tools.map(({ name, input, output }) => [
      name,
      { input: compile(input), ...(output === undefined ? {} : { output: compile(output) }) },
    ]),
    ...(server.v1 ?? []).map(({ verb, input, result }) => [
      v1Key(verb),
      { input: compile(input), output: compile(result) },
    ]),
    ...(server.settings ? [[SETTINGS_KEY, { input: compileConfig(server.settings) }]] : []),
  ])
}
