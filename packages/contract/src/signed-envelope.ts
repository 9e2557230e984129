import { z } from 'zod'
import { AgentExample } from './agents.ts'
import { RELEASE_PAYLOAD_TYPE } from './signed-bytes.ts'
import { Json, Timestamp } from './text.ts'

// What is signed and how, so that whoever holds a signed text checks it by the same rules as the
// server, without trusting it. The texts are JSON in the canonical form of RFC 8785; they are kept
// and handed on as they were signed, and never written anew for a check.

/** A text, who signed it, and the signature. */
export const SignedEnvelope = z
  .object({
    payload_type: z.string().meta({ example: RELEASE_PAYLOAD_TYPE }),
    payload: z.string().meta({ description: 'The exact text that was signed' }),
    signature: z.string().meta({
      description: 'Ed25519, in base64, over the DSSE pre-authentication encoding of type and text',
    }),
    key_id: z.string().meta({ description: 'One of GET /marketplace/keys' }),
  })
  .meta({ id: 'SignedEnvelope' })
export type SignedEnvelope = z.infer<typeof SignedEnvelope>

/** What is signed when a version is approved: all that was published of it. */
export const Release = z.object({
  schema: z.literal('cadre.release/v1'),
  name: z.string(),
  version: z.string(),
  item_type: z.enum(['agent', 'workflow']),
  publisher: z.string(),
  description: z.string(),
  readme: z.string(),
  changelog: z.string(),
  licence: z.string().nullable(),
  /** A PNG in base64. */
  icon: z.string().nullable(),
  tags: z.array(z.string()),
  capabilities: z.array(z.string()),
  input_schema: Json,
  output_schema: Json,
  examples: z.array(AgentExample.extend({ output: Json.optional() })),
  price: z.string(),
  permissions: z.array(z.string()),
  artefact: z.object({
    kind: z.enum(['wasm', 'remote', 'workflow', 'image']),
    sha256: z.string().nullable(),
    bytes: z.number().int().nullable(),
    image: z.string().optional(),
  }),
  published_at: Timestamp,
})
export type Release = z.infer<typeof Release>

/** What is signed when an agent is published in a tenant. */
export const AgentStatement = z.object({
  schema: z.literal('cadre.agent/v1'),
  tenant_id: z.string(),
  name: z.string(),
  version: z.string(),
  runtime: z.string(),
  sha256: z.string().nullable(),
  bytes: z.number().int().nullable(),
  capabilities: z.array(z.string()),
  price: z.string(),
  published_at: z.string(),
  /** The release that it was installed from. */
  release: z.object({ sha256: z.string(), key_id: z.string() }).nullable(),
})
export type AgentStatement = z.infer<typeof AgentStatement>
