import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { usageError } from './failures.ts'

/** Asks a person on the terminal, who does not see what is typed. */
export const askSecret = async (question: string): Promise<string> => {
  assertSomebodyThere()
  process.stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

export const ask = async (question: string): Promise<string> => {
  assertSomebodyThere()
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await lines.question(question)).trim()
  } finally {
    lines.close()
  }
}

/** What a program hands over, without the end of its line. */
export const secretFromStdin = async (): Promise<string> =>
  (await text(process.stdin)).replace(/\r?\n$/, '')

const assertSomebodyThere = () => {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw usageError('Nobody can be asked here: give --email and --password-stdin, or --key-stdin.')
}
