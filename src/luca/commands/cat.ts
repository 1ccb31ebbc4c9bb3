import { isUtf8 } from 'node:buffer'
import { once } from 'node:events'
import { misuse } from '../../command/arguments.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Command, Context } from '../../command/command.ts'
import { highlight } from '../../command/highlight.ts'
import { visible, writeJson, writeLine } from '../../command/output.ts'
import { speaking } from '../../command/own-words.ts'
import { readServed } from '../../command/served-bytes.ts'
import { READ_DOCUMENT } from '../../command/served-documents.ts'
import { servedPath } from '../../command/served-paths.ts'
import { quote } from '../../line/words.ts'

export const cat: Command = {
  name: 'cat',
  usage: 'PATH [text|base64]',
  summary: 'print a served file',
  details:
    'Paths begin at the served folder: / is all of it. What is not text is not shown at a terminal; elsewhere its bytes come as they are.',
  positionals: [1, 2],
  gateway: true,
  run: speaking(async ({ positionals: [path = '', encoding = 'text'] }, context) => {
    if (encoding !== 'text' && encoding !== 'base64') throw misuse(cat, `"${encoding}" is no encoding`)
    const target = servedPath(context.cwd, path)
    const { stdout } = context.io
    if (context.json) await printJson(target, encoding, context)
    else if (encoding === 'base64') {
      for await (const piece of readServed(target, context)) await print(piece.toString('base64'), context)
      writeLine(stdout, '')
    } else if (stdout.isTTY) await show(target, context)
    else for await (const piece of readServed(target, context)) await print(piece, context)
    return 'ok'
  }),
}

async function printJson(path: string, encoding: 'text' | 'base64', context: Context): Promise<void> {
  const pieces: Buffer[] = []
  for await (const piece of readServed(path, context)) pieces.push(piece)
  const bytes = Buffer.concat(pieces)
  const inText = encoding === 'text' && isUtf8(bytes)
  writeJson(context.io, {
    path,
    encoding: inText ? 'text' : 'base64',
    content: bytes.toString(inText ? 'utf8' : 'base64'),
  })
}

/** Shows a text at a terminal; what is not too long for that in colours. */
async function show(path: string, context: Context): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let colours = !context.io.env.NO_COLOR
  let last = '\n'
  const showText = async (text: string) => {
    const harmless = visible(text)
    await print(colours ? highlight(path, harmless) : harmless, context)
    colours = false
    last = text.at(-1) ?? last
  }
  try {
    for await (const piece of readServed(path, context))
      await showText(decoder.decode(piece, { stream: true }))
    await showText(decoder.decode())
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new CliError(
      'failed',
      `${path} is not text; "cat ${path} base64" shows it, and a redirection keeps its bytes. If it is a document, "call ${READ_DOCUMENT} ${quote(JSON.stringify({ path }))}" reads it.`,
      { cause },
    )
  }
  if (last !== '\n') writeLine(context.io.stdout, '')
}

/** Waits for a slow reader, so that a long file never lies in memory whole. */
async function print(piece: string | Buffer, { io: { stdout }, signal }: Context): Promise<void> {
  if (stdout.write(piece)) return
  await once(stdout, 'drain', { signal }).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : error
  })
}
