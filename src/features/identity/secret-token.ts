import type { Random } from '#platform/random.ts'

const TOKEN_BYTES = 32

/** For links and the like: 256 bits of chance behind a prefix that tells what it is. */
export const newSecretToken = (random: Random, prefix: 'invite' | 'reset' | 'refresh'): string =>
  `cadre_${prefix}_${Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url')}`
