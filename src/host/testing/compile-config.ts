/** A validator of settings made at run time, for schemas that exist in a test only. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { TSchema } from 'typebox'
import type { Validator } from '../../protocol/validator.ts'
import { fileSchema } from '../config/schema.ts'

export const compileConfig = (schema: TSchema): Validator =>
  new Ajv2020({ allErrors: true, strict: false }).compile(fileSchema(schema)) as Validator
