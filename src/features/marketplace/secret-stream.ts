import type { Readable } from 'node:stream'
import { secretsIn, type FoundSecret } from './secret-scan.ts'

/** Text of one look that the next one sees again: more than any secret needs to be recognised. */
const OVERLAP = 4_096
/** What follows a secret may tell that it is none: so near the end of a look it is not judged. */
const LOOKAHEAD = 512
const LOOK_BYTES = 1_048_576

/**
 * What kind of secret a stream of bytes holds, as {@link secretIn} says it of a text; null where
 * none is seen. Holds a mebibyte at a time, and lets others work in between.
 */
export const secretInStream = async (content: Readable): Promise<string | null> => {
  let text = ''
  let isFirst = true
  for await (const chunk of content as AsyncIterable<Buffer>) {
    text += chunk.toString('latin1')
    if (text.length < LOOK_BYTES) continue
    const kind = judged(text, { isFirst, isLast: false })
    if (kind !== null) return kind
    text = text.slice(-OVERLAP)
    isFirst = false
  }
  return judged(text, { isFirst, isLast: true })
}

const judged = (text: string, look: { isFirst: boolean; isLast: boolean }): string | null => {
  const overlapStart = text.length - OVERLAP
  const counts = ({ start, end }: FoundSecret): boolean => {
    // Begins where the look does: the look before saw what stands ahead of it, and judged it.
    if (start === 0 && !look.isFirst) return false
    return look.isLast || end <= text.length - LOOKAHEAD || start <= overlapStart
  }
  for (const secret of secretsIn(text)) if (counts(secret)) return secret.kind
  return null
}
