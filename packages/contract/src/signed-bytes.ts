export const RELEASE_PAYLOAD_TYPE = 'application/vnd.cadre.release+json'
export const AGENT_PAYLOAD_TYPE = 'application/vnd.cadre.agent+json'

/** The bytes that a signature covers: the pre-authentication encoding of DSSE v1. */
export const signedBytes = (payloadType: string, payload: string): Uint8Array => {
  const encoder = new TextEncoder()
  const length = (text: string): number => encoder.encode(text).length
  return encoder.encode(
    `DSSEv1 ${length(payloadType)} ${payloadType} ${length(payload)} ${payload}`,
  )
}
