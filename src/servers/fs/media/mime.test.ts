import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mimeTypeOf } from './mime.ts'

const PNG = Buffer.from('89504e470d0a1a0a', 'hex')

test('what a file begins with decides over its name', () => {
  assert.equal(mimeTypeOf('photo.jpg', PNG), 'image/png')
  assert.equal(mimeTypeOf('photo', PNG), 'image/png')
})

test('an ending says what the start cannot', () => {
  assert.equal(mimeTypeOf('a.svg', Buffer.from('<svg/>')), 'image/svg+xml')
  assert.equal(mimeTypeOf('a.MD', Buffer.from('# a')), 'text/markdown')
  assert.equal(
    mimeTypeOf('a.docx', Buffer.from('PK\x03\x04', 'latin1')),
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  )
})

test('text that is named like an image is not given as one', () => {
  assert.equal(mimeTypeOf('a.png', Buffer.from('not an image')), 'text/plain')
})

test('without a known ending it is text or bytes, also if a character is cut at the end', () => {
  assert.equal(mimeTypeOf('README', Buffer.from('é').subarray(0, 1)), 'text/plain')
  assert.equal(mimeTypeOf('a.bin', Buffer.from([1, 0, 2])), 'application/octet-stream')
  assert.equal(mimeTypeOf('a.xyz', Buffer.from([0xff, 0xfe, 0xfd, 0xfc, 0x41])), 'application/octet-stream')
})

test('sounds are recognised', () => {
  assert.equal(mimeTypeOf('a', Buffer.from('RIFF\x00\x00\x00\x00WAVEfmt ', 'latin1')), 'audio/wav')
  assert.equal(mimeTypeOf('a', Buffer.from('ID3\x04')), 'audio/mpeg')
})
