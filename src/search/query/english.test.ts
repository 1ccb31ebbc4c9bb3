import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ENGLISH_WORDS, shippedModelFolder } from '../embedding/shipped.ts'
import { areForms, isEnglish } from './english.ts'

test('each word of the file is found', () => {
  const words = readFileSync(join(shippedModelFolder(), ENGLISH_WORDS), 'utf8').split('\n')
  for (const word of words) assert.ok(isEnglish(word), word)
})

test('words of English are known in each form, others and mistakes are not', () => {
  for (const word of ['pollen', 'basement', 'canoes', 'shaving', 'colour', 'color'])
    assert.ok(isEnglish(word), word)
  for (const word of ['boiller', 'kassenbon', 'polle', '', '\n']) assert.ok(!isEnglish(word), word)
})

test('a word in -en is no form of one that has another ending in its place', () => {
  for (const [one, other] of [
    ['pollen', 'polling'],
    ['heaven', 'heavy'],
  ] as const) {
    assert.ok(!areForms(one, other))
    assert.ok(!areForms(other, one))
  }
})

test('forms of a word are, in English and in other languages', () => {
  for (const [one, other] of [
    ['open', 'opened'],
    ['pump', 'pumps'],
    ['replaced', 'replacing'],
    ['schneiden', 'schneide'],
    ['pollen', 'pollen'],
  ] as const) {
    assert.ok(areForms(one, other))
    assert.ok(areForms(other, one))
  }
})
