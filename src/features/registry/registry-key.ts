import type { RegistryKey, RegistryKeyState } from '@cadre/contract'

/** A key that is or was trusted. */
export interface RegistryKeyRecord {
  id: string
  name: string
  /** 32 bytes. */
  publicKey: Uint8Array
  /** As it is stored, sealed; null for a key of somebody else. */
  sealedPrivateKey: string | null
  createdAt: Date
  retiredAt: Date | null
  revokedAt: Date | null
}

export const stateOf = (key: RegistryKeyRecord): RegistryKeyState => {
  if (key.revokedAt !== null) return 'revoked'
  if (key.sealedPrivateKey === null) return 'trusted'
  return key.retiredAt === null ? 'active' : 'retired'
}

/** Where a private key's sealed text belongs. */
export const sealingPlaceOf = (keyId: string): string => `registry_keys/${keyId}`

export const registryKeyView = (key: RegistryKeyRecord): RegistryKey => ({
  id: key.id,
  name: key.name,
  algorithm: 'ed25519',
  public_key: Buffer.from(key.publicKey).toString('base64'),
  is_own: key.sealedPrivateKey !== null,
  state: stateOf(key),
  created_at: key.createdAt.toISOString(),
  retired_at: key.retiredAt?.toISOString() ?? null,
  revoked_at: key.revokedAt?.toISOString() ?? null,
})
