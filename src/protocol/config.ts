/**
 * Definitions of configuration files: a file `NAME.config.ts` exports one as `config`. Its validator, its table in the
 * documentation and an example file are generated from it, as they are for tools (`make generate`).
 *
 * A property of its schema may say, besides what JSON Schema has:
 * - `description`: a sentence for people. `default`: what holds where nothing is written.
 * - `unit`: of a number, such as `seconds`.
 * - `env`: the variable of the environment that overrides it.
 * - `allowed`: the end of a sentence that begins with "must be", where a pattern would say too little.
 * - `names`: of settings by name, what a name may be.
 * - `noSecrets`: what to do about an unknown key that looks like a secret.
 */
import type { Static, TSchema } from 'typebox'

/** The way to a setting: keys, and the numbers of items, from 0. */
export type SettingPath = readonly (string | number)[]
/** Tells a mistake that a schema can't: the sentence goes on after the setting's name, such as "must be …". */
export type TellMistake = (path: SettingPath, sentence: string) => void
export type Environment = Readonly<Record<string, string | undefined>>

export interface ConfigDefinition<S extends TSchema = TSchema, T = Static<S>> {
  /** The file's, without `.yaml`. */
  name: string
  /** Of an object. It needs no `additionalProperties: false`: unknown keys are refused. */
  schema: S
  /** A key under which all settings may stand as well. */
  under?: string
  /** What programs work with, made of what was written and the defaults. Called only where that fits the schema. */
  derive?(written: Static<S>, tell: TellMistake, env: Environment): T
}

/** Defines a configuration file. */
export const defineConfig = <S extends TSchema, T = Static<S>>(
  definition: ConfigDefinition<S, T>,
): ConfigDefinition<S, T> => definition
