import { z } from 'zod'
import { withAliases } from './aliases.ts'
import { AgentExample, AgentName, Capability, Version } from './agents.ts'
import { ImageReference } from './image-reference.ts'
import { LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX, SortOrder, listOf, listQuery } from './lists.ts'
import { Reputation } from './reputation.ts'
import { boundedText, Json, Money, MoneyInput, Timestamp } from './text.ts'

export const ItemType = z.enum(['agent', 'workflow']).meta({ id: 'ItemType' })
export type ItemType = z.infer<typeof ItemType>

/** What admission says of a version. `held` waits for a reviewer. */
export const AdmissionState = z
  .enum(['checking', 'held', 'approved', 'rejected'])
  .meta({ id: 'AdmissionState' })
export type AdmissionState = z.infer<typeof AdmissionState>

/** What its publisher says of a version. Yanked ones are found by their exact version only. */
export const VersionStatus = z
  .enum(['active', 'deprecated', 'yanked'])
  .meta({ id: 'VersionStatus' })
export type VersionStatus = z.infer<typeof VersionStatus>

export const README_LENGTH_MAX = 65_536
export const CHANGELOG_LENGTH_MAX = 16_384
/** A PNG of 32 KiB in base64, as a data URL. */
const ICON_LENGTH_MAX = 44_000
const TAGS_MAX = 16

const normalised = (text: string) => text.normalize('NFKC').trim().toLowerCase()

export const Tag = z
  .string()
  .max(40)
  .transform(normalised)
  .pipe(
    z
      .string()
      .min(1)
      .max(40)
      .regex(
        /^[\p{L}\p{N}][\p{L}\p{N}\p{M}.+#_-]*$/u,
        'must be one word of letters, digits and . + # _ -, such as "text-analysis"',
      ),
  )
const distinct = <Value>(values: Value[]) => [...new Set(values)]

/** A JSON Schema (2020-12). Checked where it is published. */
const JsonSchema = z
  .union([z.record(z.string(), z.unknown()), z.boolean()])
  .meta({ description: 'JSON Schema (2020-12)' }) as unknown as z.ZodType<Json, Json>

export const MarketplaceExample = AgentExample.extend({
  output: Json.optional().meta({ description: 'What the item answers to this input' }),
}).meta({ id: 'MarketplaceExample' })
export type MarketplaceExample = z.infer<typeof MarketplaceExample>

const Publication = z.strictObject({
  item_type: ItemType,
  name: AgentName,
  version: Version,
  description: boundedText(2_000)
    .optional()
    .meta({ description: 'Default: that of the agent or workflow' }),
  readme: boundedText(README_LENGTH_MAX).default('').meta({ description: 'Markdown' }),
  changelog: boundedText(CHANGELOG_LENGTH_MAX).default('').meta({ description: 'Markdown' }),
  licence: boundedText(200, 1).optional().meta({
    description: 'An SPDX licence expression',
    example: 'Apache-2.0',
  }),
  icon: boundedText(ICON_LENGTH_MAX).optional().meta({
    description: 'A PNG of 512 × 512 pixels and 32 KiB at the most, as base64 or a data URL',
  }),
  tags: z.array(Tag).max(TAGS_MAX).transform(distinct).default([]),
  capabilities: z
    .array(Capability)
    .max(32)
    .transform(distinct)
    .optional()
    .meta({ description: 'What it offers. Default: what the agent offers' }),
  input_schema: JsonSchema.optional(),
  output_schema: JsonSchema.optional(),
  examples: z.array(MarketplaceExample).max(10).optional().meta({
    description: 'Default: those of the agent. Each is judged by the schemas, and run',
  }),
  price: MoneyInput.optional().meta({ description: 'Dollars. Default: that of the agent, or 0' }),
  image: ImageReference.optional().meta({
    description:
      'Of an agent that is a container image: its reference, pinned by its digest. Nothing of it need be in your tenant',
  }),
})

/**
 * What `POST /marketplace` takes. Who publishes follows from the identity. What is listed is what
 * the tenant published before under the same name and version.
 */
export const PublishItem = withAliases(
  {
    itemType: 'item_type',
    type: 'item_type',
    license: 'licence',
    inputSchema: 'input_schema',
    outputSchema: 'output_schema',
  },
  Publication.refine(({ item_type, image }) => image === undefined || item_type === 'agent', {
    path: ['image'],
    message: 'only an agent can be a container image',
  }),
).meta({ id: 'PublishItem' })
export type PublishItem = z.input<typeof Publication>
export type ParsedPublishItem = z.output<typeof PublishItem>

/** One finding of admission: what was looked at, and what came of it. */
export const AdmissionFinding = z
  .object({
    check: z.enum(['artefact', 'permissions', 'secrets', 'examples', 'review']),
    verdict: z.enum(['passed', 'held', 'rejected', 'skipped']),
    message: z.string(),
  })
  .meta({ id: 'AdmissionFinding' })
export type AdmissionFinding = z.infer<typeof AdmissionFinding>

/** What the examples took in the sandbox at admission. */
export const Measurement = z
  .object({
    example: z.string(),
    outcome: z.string(),
    duration_ms: z.number(),
    memory_bytes: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'The most linear memory it had; null when it was killed' }),
    output_bytes: z.number().int().nullable(),
    output: z.string().meta({ description: 'Its beginning' }),
  })
  .meta({ id: 'Measurement' })
export type Measurement = z.infer<typeof Measurement>

const RatingSummary = z.object({ average: z.number().nullable(), count: z.number().int() })

export const MarketplaceItem = z
  .object({
    name: z.string(),
    item_type: ItemType,
    version: z.string().meta({ description: 'The latest approved one' }),
    description: z.string(),
    publisher: z.string(),
    licence: z.string().nullable(),
    price: Money,
    tags: z.array(z.string()),
    capabilities: z.array(z.string()),
    state: AdmissionState,
    status: VersionStatus,
    has_icon: z.boolean(),
    quality: z.number().meta({ description: '0 to 1, from the platform’s own ledger' }),
    uses: z.number().int().meta({ description: 'Attempts of other tenants within 90 days' }),
    active_tenants: z.number().int(),
    success_rate: z.number().nullable(),
    rating: RatingSummary,
    published_at: Timestamp,
  })
  .meta({ id: 'MarketplaceItem' })
export type MarketplaceItem = z.infer<typeof MarketplaceItem>

/** A version as its tenant and reviewers see it; others see approved ones. */
export const MarketplaceVersionSummary = z
  .object({
    id: z.string(),
    name: z.string(),
    item_type: ItemType,
    version: z.string(),
    description: z.string(),
    publisher: z.string(),
    published_by: z.string(),
    state: AdmissionState,
    state_reason: z.string().nullable(),
    status: VersionStatus,
    status_message: z.string().nullable(),
    status_at: Timestamp.nullable(),
    price: Money,
    published_at: Timestamp,
    decided_at: Timestamp.nullable(),
    decided_by: z.string().nullable(),
  })
  .meta({ id: 'MarketplaceVersionSummary' })
export type MarketplaceVersionSummary = z.infer<typeof MarketplaceVersionSummary>

export const MarketplaceVersion = MarketplaceVersionSummary.extend({
  readme: z.string(),
  changelog: z.string(),
  licence: z.string().nullable(),
  icon: z.string().nullable().meta({ description: 'A data URL' }),
  tags: z.array(z.string()),
  capabilities: z.array(z.string()).meta({ description: 'What it offers' }),
  permissions: z
    .array(z.string())
    .nullable()
    .meta({ description: 'What it asks of its host; null until it is known' }),
  input_schema: Json,
  output_schema: Json,
  examples: z.array(MarketplaceExample),
  artefact: z
    .object({
      kind: z.enum(['wasm', 'remote', 'workflow', 'image']),
      sha256: z.string().nullable(),
      bytes: z.number().int().nullable(),
      image: z
        .string()
        .nullable()
        .meta({ description: 'Reference of a container image, pinned by its digest' }),
    })
    .nullable()
    .meta({ description: 'Null while nothing was found under the name and version' }),
  findings: z.array(AdmissionFinding),
  measurements: z.array(Measurement),
  signature: z
    .object({ key_id: z.string(), signed_at: Timestamp })
    .nullable()
    .meta({ description: 'Who signed its release; null until it is approved' }),
  origin: z
    .object({ name: z.string(), publisher: z.string(), key_id: z.string() })
    .nullable()
    .meta({
      description: 'The installation that it is mirrored from, and its publisher there; else null',
    }),
}).meta({ id: 'MarketplaceVersion' })
export type MarketplaceVersion = z.infer<typeof MarketplaceVersion>

export const MarketplaceItemDetail = MarketplaceVersion.extend({
  quality: z.number(),
  uses: z.number().int(),
  rating: RatingSummary,
  reputation: z.array(Reputation).meta({ description: 'Over 7, 30 and 90 days' }),
}).meta({ id: 'MarketplaceItemDetail' })
export type MarketplaceItemDetail = z.infer<typeof MarketplaceItemDetail>

export const MarketplaceVersionList = listOf(MarketplaceVersionSummary)
export const MarketplaceVersionsQuery = z.strictObject({
  limit: listQuery.limit,
  cursor: listQuery.cursor,
})
export type MarketplaceVersionsQuery = z.input<typeof MarketplaceVersionsQuery>

/** `GET /marketplace/publications`: what one's own tenant published. */
export const PublicationsQuery = z.strictObject({
  ...MarketplaceVersionsQuery.shape,
  state: AdmissionState.default('approved'),
})
export type PublicationsQuery = z.input<typeof PublicationsQuery>

/** `PATCH /marketplace/{name}/versions/{version}`. */
export const ChangeVersion = z
  .strictObject({
    status: VersionStatus,
    message: boundedText(500, 1)
      .optional()
      .meta({ description: 'Why, and what to use instead; required but for `active`' }),
  })
  .refine(({ status, message }) => status === 'active' || message !== undefined, {
    path: ['message'],
    message: 'must tell those who use it why, and what to use instead',
  })
  .meta({ id: 'ChangeMarketplaceVersion' })
export type ChangeVersion = z.infer<typeof ChangeVersion>

export const ApproveVersion = z
  .strictObject({ reason: boundedText(500).default('') })
  .meta({ id: 'ApproveMarketplaceVersion' })
export type ApproveVersion = z.input<typeof ApproveVersion>
export const RejectVersion = z
  .strictObject({ reason: boundedText(500, 1) })
  .meta({ id: 'RejectMarketplaceVersion' })
export type RejectVersion = z.infer<typeof RejectVersion>

/** Orders in which items are listed. The older spellings mean the same. */
const SORTS = ['relevance', 'quality', 'newest', 'most_used', 'price', 'name'] as const
const SORT_SPELLINGS: Readonly<Record<string, (typeof SORTS)[number]>> = {
  created_at: 'newest',
  createdAt: 'newest',
  published_at: 'newest',
  publishedAt: 'newest',
  mostUsed: 'most_used',
  uses: 'most_used',
  rating: 'quality',
}
export type MarketplaceSort = (typeof SORTS)[number]
const Sort = z
  .enum([...SORTS, ...(Object.keys(SORT_SPELLINGS) as [string, ...string[]])])
  .transform((sort): MarketplaceSort => SORT_SPELLINGS[sort] ?? (sort as MarketplaceSort))

const TagList = boundedText(700)
  .transform((text) => distinct(text.split(',').map(normalised).filter(Boolean)))
  .pipe(z.array(z.string().max(40)).max(TAGS_MAX))

export const PRICE_BANDS = ['free', 'below_0.01', 'below_0.10', 'below_1', 'from_1'] as const
export const PriceBand = z.enum(PRICE_BANDS)
export type PriceBand = z.infer<typeof PriceBand>

export const MarketplaceQuery = z.strictObject({
  q: boundedText(200)
    .optional()
    .meta({ description: 'What to look for; the last word may be cut short' }),
  type: ItemType.optional(),
  item_type: ItemType.optional(),
  itemType: ItemType.optional(),
  tags: TagList.optional().meta({ description: 'Separated by commas; all of them' }),
  capability: boundedText(100, 1).optional(),
  publisher: boundedText(200, 1).optional(),
  licence: boundedText(200, 1).optional(),
  license: boundedText(200, 1).optional(),
  price: PriceBand.optional(),
  price_max: MoneyInput.optional(),
  priceMax: MoneyInput.optional(),
  status: z
    .enum([...AdmissionState.options, 'deprecated'])
    .optional()
    .meta({
      description: 'Default `approved`. Of the other states one sees those of one’s tenant',
    }),
  sort_by: Sort.optional().meta({ description: 'Default: relevance with `q`, quality without' }),
  sortBy: Sort.optional(),
  sort_order: SortOrder.optional(),
  sortOrder: SortOrder.optional(),
  limit: z.coerce.number().int().min(1).max(LIST_LIMIT_MAX).default(LIST_LIMIT_DEFAULT),
  page: z.coerce.number().int().min(1).max(1_000).optional().meta({ description: 'From 1' }),
  cursor: listQuery.cursor,
  facets: z.stringbool().default(false),
})
export type MarketplaceQuery = z.input<typeof MarketplaceQuery>
export type ParsedMarketplaceQuery = z.output<typeof MarketplaceQuery>

const FacetCounts = z.array(z.object({ value: z.string(), count: z.number().int() }))
export const MarketplaceFacets = z
  .object({
    type: FacetCounts,
    tag: FacetCounts,
    capability: FacetCounts,
    publisher: FacetCounts,
    price: FacetCounts,
    licence: FacetCounts,
    counted: z.number().int().meta({ description: 'Items that were counted, the best ones' }),
  })
  .meta({ id: 'MarketplaceFacets' })
export type MarketplaceFacets = z.infer<typeof MarketplaceFacets>

export const MarketplacePage = z
  .object({
    items: z.array(MarketplaceItem),
    next_cursor: z.string().nullable(),
    total: z.number().int().meta({
      description: 'Counted as far as 20,000, unless it is all of the marketplace',
    }),
    page: z.number().int().nullable(),
    limit: z.number().int(),
    query: z.string(),
    corrected: z
      .string()
      .nullable()
      .meta({ description: 'What was looked for instead, where nothing is spelt like that' }),
    facets: MarketplaceFacets.optional(),
  })
  .meta({ id: 'MarketplacePage' })
export type MarketplacePage = z.infer<typeof MarketplacePage>

export const VersionDiffQuery = z.strictObject({
  from: Version.meta({ description: 'The version to compare with' }),
})
export type VersionDiffQuery = z.input<typeof VersionDiffQuery>

const Change = <Value extends z.ZodType>(value: Value) =>
  z.object({ from: value, to: value }).nullable().meta({ description: 'Null: the same' })
const SetChange = z.object({ added: z.array(z.string()), removed: z.array(z.string()) })

export const VersionDiff = z
  .object({
    name: z.string(),
    from: z.string(),
    to: z.string(),
    is_widening: z.boolean().meta({ description: 'It asks for more than before' }),
    permissions: SetChange,
    capabilities: SetChange,
    input_schema: Change(Json),
    output_schema: Change(Json),
    price: Change(Money),
    licence: Change(z.string().nullable()),
    description: Change(z.string()),
    image: Change(z.string().nullable()),
    sha256: Change(z.string().nullable()),
  })
  .meta({ id: 'MarketplaceVersionDiff' })
export type VersionDiff = z.infer<typeof VersionDiff>

/** `PUT /marketplace/{name}/rating`: one for each tenant that ran the item. */
export const RateItem = z
  .strictObject({
    rating: z.number().int().min(1).max(5),
    review: boundedText(2_000).default(''),
  })
  .meta({ id: 'RateItem' })
export type RateItem = z.input<typeof RateItem>

export const ItemRating = z
  .object({
    tenant: z.string(),
    rating: z.number().int(),
    review: z.string(),
    version: z.string().meta({ description: 'The latest one when it was written' }),
    author: z.string(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'ItemRating' })
export type ItemRating = z.infer<typeof ItemRating>
export const ItemRatingList = listOf(ItemRating)
