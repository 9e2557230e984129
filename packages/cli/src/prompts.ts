import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Surroundings } from './surroundings.ts'

type Ends = Pick<Surroundings, 'stdin' | 'stderr'>

/** What a person types, without the spaces around it. */
export const ask = async ({ stdin, stderr }: Ends, question: string): Promise<string> => {
  const lines = createInterface({ input: stdin, output: stderr })
  try {
    return (await lines.question(question)).trim()
  } finally {
    lines.close()
  }
}

/** Does not show what is typed. */
export const askHidden = async ({ stdin, stderr }: Ends, question: string): Promise<string> => {
  stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true })
  try {
    return await lines.question('')
  } finally {
    lines.close()
    stderr.write('\n')
  }
}
