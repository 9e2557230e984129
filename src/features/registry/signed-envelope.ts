import type { SignedEnvelope } from '@cadre/contract'
import type { Envelope } from './ed25519.ts'

export const envelopeView = (envelope: Envelope): SignedEnvelope => ({
  payload_type: envelope.payloadType,
  payload: envelope.payload,
  signature: Buffer.from(envelope.signature).toString('base64'),
  key_id: envelope.keyId,
})

/** Null where the signature is not exactly one in base64. */
export const envelopeOf = (given: SignedEnvelope): Envelope | null => {
  const signature = Buffer.from(given.signature, 'base64')
  if (signature.toString('base64') !== given.signature) return null
  return {
    payloadType: given.payload_type,
    payload: given.payload,
    signature: Uint8Array.from(signature),
    keyId: given.key_id,
  }
}
