import { isDeepStrictEqual } from 'node:util'
import type { Agent, MarketplaceVersion, PublishItem } from '@cadre/contract'

/** What of a listing never changes, in the order in which it is told. */
const LISTED = [
  'item_type',
  'description',
  'readme',
  'changelog',
  'licence',
  'tags',
  'capabilities',
  'input_schema',
  'output_schema',
  'examples',
  'price',
] as const

/** Fields in which a published version is not what the manifest says; what that leaves out is not compared. */
export const listingDifferences = (given: PublishItem, published: MarketplaceVersion): string[] => [
  ...LISTED.filter((key) => given[key] !== undefined && !isEqual(given[key], published[key])),
  ...(given.icon === undefined || published.icon?.endsWith(`,${given.icon}`) ? [] : ['icon']),
  ...((given.image ?? null) === (published.artefact?.image ?? given.image ?? null)
    ? []
    : ['image']),
]

/** What a published agent is and is said to be, against what the manifest says. */
export const agentDifferences = (
  given: Pick<Agent, 'runtime' | 'description' | 'capabilities' | 'examples' | 'price'>,
  { sha256 }: { sha256: string | null },
  agent: Agent,
): string[] => [
  ...(agent.binary_sha256 === sha256 ? [] : ['binary']),
  ...(['runtime', 'description', 'capabilities', 'examples', 'price'] as const).filter(
    (key) => !isEqual(given[key], agent[key]),
  ),
]

/** As JSON has it: a key without a value is no key. */
const isEqual = (left: unknown, right: unknown): boolean =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(left)), JSON.parse(JSON.stringify(right)))
