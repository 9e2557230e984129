import { z } from 'zod'
import { listOf } from './lists.ts'
import { boundedText, Timestamp } from './text.ts'

/**
 * `active` signs; `retired` signed before and is still trusted; `trusted` is somebody else's;
 * nothing that a `revoked` key signed is run, installed or listed as sound.
 */
export const RegistryKeyState = z
  .enum(['active', 'retired', 'trusted', 'revoked'])
  .meta({ id: 'RegistryKeyState' })
export type RegistryKeyState = z.infer<typeof RegistryKeyState>

export const RegistryKey = z
  .object({
    id: z.string().meta({
      description: 'The first 16 hexadecimal digits of the SHA-256 of the public key',
      example: '9f86d081884c7d65',
    }),
    name: z.string(),
    algorithm: z.literal('ed25519'),
    public_key: z.string().meta({ description: 'Its 32 bytes in base64' }),
    is_own: z.boolean().meta({ description: 'This installation has the private key' }),
    state: RegistryKeyState,
    created_at: Timestamp,
    retired_at: Timestamp.nullable(),
    revoked_at: Timestamp.nullable(),
  })
  .meta({ id: 'RegistryKey' })
export type RegistryKey = z.infer<typeof RegistryKey>
export const RegistryKeyList = listOf(RegistryKey)

/** `POST /marketplace/keys`. */
export const TrustKey = z
  .strictObject({
    name: boundedText(100, 1).meta({ description: 'Whose key it is, for people' }),
    public_key: boundedText(1_000, 1).meta({
      description: 'An Ed25519 public key: its 32 bytes in base64, or PEM (SubjectPublicKeyInfo)',
      example: 'O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=',
    }),
  })
  .meta({ id: 'TrustRegistryKey' })
export type TrustKey = z.infer<typeof TrustKey>
