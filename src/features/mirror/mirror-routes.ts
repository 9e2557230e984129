import {
  boundedText,
  MarketplaceChanges,
  MarketplaceChangesQuery,
  Mirrored,
  SignedEnvelope,
} from '@cadre/contract'
import { z } from 'zod'
import { answers, documented } from '#platform/web/router.ts'

const TAG = 'Marketplace'

export const readChanges = documented(
  {
    summary: 'What changed in the marketplace',
    tag: TAG,
    description:
      'Releases with all that was signed of them, changes of status, and tombstones, in the order in which they were committed. Nothing is skipped: whoever goes on from `next_cursor` sees everything.',
    refusals: [422],
  },
  {
    method: 'get',
    path: '/marketplace/changes',
    request: { query: MarketplaceChangesQuery },
    responses: { 200: answers(MarketplaceChanges, 'The oldest first') },
  },
)

export const readIndex = documented(
  {
    summary: 'The signed list of all approved versions',
    tag: TAG,
    description:
      'Name, version, status and digests of everything that is approved now, and what is gone; signed by the key that signs releases now.',
    refusals: [409],
  },
  {
    method: 'get',
    path: '/marketplace/index',
    responses: { 200: answers(SignedEnvelope, 'Text, signature and key') },
  },
)

export const readArtefact = documented(
  {
    summary: 'The binary or source of a version',
    tag: TAG,
    description:
      'A WASM module, the bytes whose SHA-256 was signed; or the source of a workflow, whose digest is in the signed index. `Repr-Digest` and `ETag` say it. Answers 302 where the file store hands it out itself.',
    refusals: [404],
  },
  {
    method: 'get',
    path: '/marketplace/{name}/versions/{version}/artefact',
    request: { params: z.object({ name: boundedText(64, 1), version: boundedText(64, 1) }) },
    responses: {
      200: {
        description: 'The bytes',
        content: {
          'application/wasm': { schema: z.string().meta({ format: 'binary' }) },
          'application/json': { schema: z.unknown() },
          'application/yaml': { schema: z.string() },
        },
      },
      302: { description: 'It is there, for five minutes' },
      304: { description: 'You have it' },
    },
  },
)

/** Documentation only: `receiveForm` reads the form. */
const MIRRORED_FORM = {
  'multipart/form-data': {
    schema: {
      type: 'object',
      required: ['payload_type', 'payload', 'signature', 'key_id'],
      additionalProperties: false,
      properties: {
        payload_type: { type: 'string' },
        payload: { type: 'string', description: 'The exact text that was signed' },
        signature: { type: 'string', description: 'In base64' },
        key_id: { type: 'string' },
        binary: { type: 'string', format: 'binary', description: 'Of a release; comes last' },
      },
    },
  },
}
export const takeMirrored = documented(
  {
    summary: 'Take a release or an index of another installation',
    tag: TAG,
    description:
      'For the operator. Fields `payload_type`, `payload`, `signature` and `key_id` as another installation gave them, and for a release its file `binary`. Accepted where the key is trusted; listed with `origin`, under the signature that it came with. An index applies what was deprecated, yanked or deleted there. Idempotent.',
    refusals: [409, 413, 422],
  },
  {
    method: 'post',
    path: '/marketplace/mirrored',
    request: { body: { required: true, content: MIRRORED_FORM as Record<never, never> } },
    responses: { 200: answers(Mirrored, 'What became of it') },
  },
)
