import type { Json, MarketplaceExample, MarketplaceVersion, PublishItem } from '@cadre/contract'
import { contextTemplate } from '../workflows/trigger-schema.ts'
import { readPayload } from '../ui/payload-field.tsx'

/** Something of the tenant's own that can be offered. */
export interface Source {
  type: 'agent' | 'workflow'
  name: string
  version: string
  description: string
  capabilities: readonly string[]
  price: string
  examples: readonly MarketplaceExample[]
}

/** What is written about it; every field as it stands in the form. */
export interface PublishDraft {
  description: string
  readme: string
  changelog: string
  licence: string
  tags: string
  price: string
  /** A data URL; empty without a picture. */
  icon: string
  inputSchema: string
  outputSchema: string
  examples: string
}

/** A draft from what is there: the agent or workflow, and what its last version was listed with. */
export const draftOf = (source: Source, last: MarketplaceVersion | null): PublishDraft => ({
  description: source.description || (last?.description ?? ''),
  readme: last?.readme ?? readmeTemplate(source),
  changelog: '',
  licence: last?.licence ?? '',
  tags: (last?.tags ?? []).join(', '),
  price: plainPrice(Number(source.price) === 0 && last !== null ? last.price : source.price),
  icon: last?.icon ?? '',
  inputSchema: jsonText(last?.input_schema),
  outputSchema: jsonText(last?.output_schema),
  examples: jsonText(source.examples.length > 0 ? source.examples : (last?.examples ?? [])),
})

const readmeTemplate = ({ name, description }: Source): string =>
  `# ${name}\n\n${description || 'What it does, in a sentence or two.'}\n\n## Input\n\n## Output\n`

/** `0.002500` as people write it: `0.0025`. */
const plainPrice = (price: string): string =>
  price.includes('.') ? price.replace(/0+$/, '').replace(/\.$/, '') : price

const jsonText = (value: unknown): string =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0)
    ? ''
    : JSON.stringify(value, null, 2)

export const tagsIn = (text: string): string[] => [
  ...new Set(text.split(/[\s,]+/).filter((tag) => tag !== '')),
]

/** What is sent. Undefined while some of it is not JSON. */
export const publicationOf = (source: Source, draft: PublishDraft): PublishItem | undefined => {
  const [input, output, examples] = [draft.inputSchema, draft.outputSchema, draft.examples].map(
    (text) => readPayload({ kind: 'json', text }),
  )
  if (input?.isValid !== true || output?.isValid !== true || examples?.isValid !== true)
    return undefined
  return {
    item_type: source.type,
    name: source.name,
    version: source.version,
    description: draft.description,
    readme: draft.readme,
    changelog: draft.changelog,
    ...(draft.licence.trim() && { licence: draft.licence.trim() }),
    ...(draft.icon && { icon: draft.icon }),
    tags: tagsIn(draft.tags),
    ...(draft.price.trim() && { price: draft.price.trim() }),
    ...(input.value !== undefined && { input_schema: input.value as Json }),
    ...(output.value !== undefined && { output_schema: output.value as Json }),
    ...(examples.value !== undefined && { examples: examples.value as MarketplaceExample[] }),
  }
}

/** Something to begin examples with. */
export const exampleTemplate = (inputSchema: string): string => {
  const read = readPayload({ kind: 'json', text: inputSchema })
  const schema = read.isValid && typeof read.value === 'object' ? read.value : null
  const input = contextTemplate(schema as Readonly<Record<string, unknown>> | null) || '"…"'
  return JSON.stringify([{ title: 'A first one', input: JSON.parse(input) as unknown }], null, 2)
}
