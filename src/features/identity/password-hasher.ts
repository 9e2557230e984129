import { hash, verify } from '@node-rs/argon2'
import type { Random } from '#platform/random.ts'
import { unavailable } from '#platform/errors.ts'

/** OWASP Password Storage Cheat Sheet: Argon2id, 19 MiB, two passes, one lane. */
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
/** Each takes 19 MiB and a thread for some hundredths of a second. */
const LIMITS = { atOnceMax: 2, waitingMax: 200 }
const SALT_BYTES = 16

/** A memory-hard hash of passwords; bounded, so that guesses cannot take all the memory. */
export interface PasswordHasher {
  /** Argon2id in the PHC string format. */
  hash(password: string): Promise<string>
  /**
   * False for a wrong one. Takes the same work where there is no hash to compare with, so that
   * nobody learns from the time whether there is.
   */
  verify(stored: string | null, password: string): Promise<boolean>
}

export const createPasswordHasher = (random: Random, limits = LIMITS): PasswordHasher => {
  const inTurn = createTurns(limits)
  const make = (password: string) =>
    inTurn(() => hash(comparable(password), { ...ARGON2ID, salt: random.bytes(SALT_BYTES) }))
  let ofNobody: Promise<string> | null = null

  return {
    hash: make,
    verify: async (stored, password) => {
      ofNobody ??= make(Buffer.from(random.bytes(SALT_BYTES)).toString('hex'))
      const compared = stored ?? (await ofNobody)
      const isRight = await inTurn(() => verify(compared, comparable(password)))
      return isRight && stored !== null
    },
  }
}

/** One password, however a keyboard composes its characters (NIST SP 800-63B, 3.1.1.2). */
const comparable = (password: string): string => password.normalize('NFKC')

const createTurns = ({ atOnceMax, waitingMax }: typeof LIMITS) => {
  let running = 0
  const waiting: (() => void)[] = []
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (waiting.length >= waitingMax)
      throw unavailable('access.busy', 'Too many people sign in at once. Try again in a moment.')
    if (running >= atOnceMax) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
