import { AppError, invalidField } from '#platform/errors.ts'
import { KEYS_MAX } from './registry-key-store.ts'

export const keyNotFound = () =>
  new AppError({
    kind: 'not_found',
    code: 'registry.key_not_found',
    publicMessage: 'There is no such key.',
  })

export const keyKnown = (id: string, state: string) =>
  new AppError({
    kind: 'conflict',
    code: 'registry.key_known',
    publicMessage:
      state === 'revoked'
        ? `The key ${id} was revoked. A revoked key is never trusted again: ask its owner for another one.`
        : `The key ${id} is known already.`,
    details: [{ field: 'public_key', message: `is known already and ${state}` }],
  })

export const keySigns = () =>
  new AppError({
    kind: 'conflict',
    code: 'registry.key_active',
    publicMessage:
      'This key signs what is published. Have another one made first: POST /marketplace/keys/rotate.',
  })

export const tooManyKeys = () =>
  new AppError({
    kind: 'conflict',
    code: 'registry.too_many_keys',
    publicMessage: `Cadre keeps ${KEYS_MAX} keys at the most, revoked ones included.`,
  })

export const publicKeyInvalid = () =>
  invalidField(
    'public_key',
    'must be an Ed25519 public key: its 32 bytes in base64, or PEM (SubjectPublicKeyInfo)',
  )

export const notOperator = () =>
  new AppError({
    kind: 'forbidden',
    code: 'access.forbidden',
    action: 'registry.manage',
    publicMessage:
      'Keys concern every tenant: only the operator of this installation changes them.',
  })

/** What was handed in is not what its key signed. */
export const signatureInvalid = () =>
  new AppError({
    kind: 'invalid',
    code: 'registry.signature_invalid',
    publicMessage: 'The signature is not one of this text by this key.',
  })

export const keyUntrusted = (keyId: string) =>
  new AppError({
    kind: 'conflict',
    code: 'registry.key_untrusted',
    publicMessage: `The key ${keyId} is not trusted here, or not any more. The operator sees all keys under GET /marketplace/keys.`,
  })
