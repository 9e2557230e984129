import { z } from 'zod'

const SEALING_KEY = /^(?:[0-9a-fA-F]{64}|[A-Za-z0-9+/]{43}=)$/
const sealingKeys = z
  .string()
  .transform((text) => text.split(',').map((key) => key.trim()))
  .pipe(
    z.array(
      z
        .string()
        .regex(SEALING_KEY, 'must be 32 bytes in base64 or hexadecimal: openssl rand -base64 32')
        .transform((key): Uint8Array => Buffer.from(key, key.length === 64 ? 'hex' : 'base64')),
    ),
  )
  .optional()

/** What the keys in the database are kept secret with. */
export const sealingSettings = {
  CADRE_SEALING_KEY: sealingKeys.meta({
    isSecret: true,
    description:
      'Seals private keys in the database: 32 bytes in base64 or hexadecimal; to change it, the new one, a comma and the one before. The embedded database has a key of its own in the data directory',
  }),
}
