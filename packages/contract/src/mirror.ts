import { z } from 'zod'
import { VersionStatus } from './marketplace.ts'
import { SignedEnvelope } from './signed-envelope.ts'
import { Timestamp } from './text.ts'

// How one marketplace is carried to another: what changed, the whole list signed, and what the
// other one takes.

export const INDEX_PAYLOAD_TYPE = 'application/vnd.cadre.index+json'

export const MarketplaceChange = z
  .object({
    kind: z.enum(['release', 'status', 'tombstone']).meta({
      description: 'Approved; deprecated, yanked or restored; gone for good',
    }),
    name: z.string(),
    version: z.string(),
    status: VersionStatus,
    message: z.string().nullable(),
    at: Timestamp,
    release: SignedEnvelope.optional().meta({ description: 'Of a release' }),
  })
  .meta({ id: 'MarketplaceChange' })
export type MarketplaceChange = z.infer<typeof MarketplaceChange>

export const MarketplaceChanges = z
  .object({
    changes: z.array(MarketplaceChange),
    next_cursor: z.string().meta({
      description:
        'The place behind everything that was looked at: hand it in again, now or in a year. A page without changes is the end for now',
    }),
    is_end: z.boolean().meta({ description: 'Nothing more has happened yet' }),
  })
  .meta({ id: 'MarketplaceChanges' })
export type MarketplaceChanges = z.infer<typeof MarketplaceChanges>

export const MarketplaceChangesQuery = z.strictObject({
  cursor: z.string().max(100).optional(),
  updated_since: z.iso.datetime({ offset: true }).optional().meta({
    description:
      'Leaves out what happened before; what happened up to five minutes before may come as well, so that nothing is missed. Only a cursor is exact',
  }),
  limit: z.coerce.number().int().min(1).max(100).default(20),
})
export type MarketplaceChangesQuery = z.input<typeof MarketplaceChangesQuery>

/** The text of a signed index: everything that is approved at one moment, and what is gone. */
export const MarketplaceIndex = z.object({
  schema: z.literal('cadre.index/v1'),
  issued_at: Timestamp,
  versions: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      item_type: z.enum(['agent', 'workflow']),
      status: VersionStatus,
      message: z.string().nullable(),
      sha256: z
        .string()
        .nullable()
        .meta({ description: 'Of the binary, or of the source of a workflow' }),
      key_id: z.string(),
      release_sha256: z.string().meta({ description: 'SHA-256 of the text of the release' }),
    }),
  ),
  deleted: z.array(z.object({ name: z.string(), version: z.string() })),
})
export type MarketplaceIndex = z.infer<typeof MarketplaceIndex>

/** What became of a release or an index from elsewhere. */
export const Mirrored = z
  .object({
    kind: z.enum(['release', 'index']),
    name: z.string().nullable().meta({ description: 'Of a release' }),
    version: z.string().nullable(),
    origin: z.string().meta({ description: 'Whose key signed it, as the operator named it' }),
    changed: z.number().int().meta({ description: 'Versions that came, changed or went' }),
  })
  .meta({ id: 'Mirrored' })
export type Mirrored = z.infer<typeof Mirrored>
