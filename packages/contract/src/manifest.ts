import { z } from 'zod'
import { AgentName, Capability, Version } from './agents.ts'
import { ImageReference } from './image-reference.ts'
import { MarketplaceExample, Tag } from './marketplace.ts'
import { boundedText, MoneyInput } from './text.ts'

// The manifest by which `cadre publish` publishes. The published JSON Schema is made from this.

export const MANIFEST_NAME = 'cadre.yaml'
const TAGS_MAX = 16
const CAPABILITIES_MAX = 32
const EXAMPLES_MAX = 10

/** Of a file within the folder of the manifest. */
const FilePath = boundedText(500, 1)
  .regex(
    /^(?![/\\~]|[A-Za-z]:)[^\\]+$/,
    'must be the path of a file in the folder of the manifest, with / between its parts',
  )
  .refine(
    (path) => !path.split('/').includes('..'),
    'must not lead out of the folder of the manifest',
  )
  .meta({ description: 'Path of a file in the folder of the manifest' })

const Schema = z.union([FilePath, z.record(z.string(), z.unknown()), z.boolean()])

export const ManifestDocument = z
  .strictObject({
    $schema: z.string().optional().meta({ description: 'Address of the schema, for editors' }),
    name: AgentName.meta({ description: 'Lower-case words joined by hyphens' }),
    version: Version.meta({
      description: 'A semantic version; what was published under it never changes',
    }),
    description: boundedText(2_000).optional().meta({ description: 'What it does, in a sentence' }),
    binary: FilePath.optional().meta({
      description: 'Of an agent that runs in the sandbox: its .wasm file',
    }),
    remote: z
      .literal(true)
      .optional()
      .meta({ description: 'An agent that runs elsewhere and asks for its tasks' }),
    image: ImageReference.optional().meta({
      description: 'Of an agent that is a container image: its reference, pinned by its digest',
    }),
    definition: FilePath.optional().meta({ description: 'Of a workflow: its definition' }),
    readme: FilePath.optional().meta({
      description: 'Markdown. Default README.md, where there is one',
    }),
    changelog: FilePath.optional().meta({
      description: 'Markdown. Default CHANGELOG.md, where there is one',
    }),
    icon: FilePath.optional().meta({
      description: 'A PNG of 512 × 512 pixels and 32 KiB at the most',
    }),
    licence: boundedText(200, 1).optional().meta({
      description: 'An SPDX licence expression, such as Apache-2.0',
    }),
    license: boundedText(200, 1).optional().meta({ description: 'The same as `licence`' }),
    tags: z.array(Tag).max(TAGS_MAX).optional().meta({ description: 'Words to find it by' }),
    capabilities: z
      .array(Capability)
      .max(CAPABILITIES_MAX)
      .optional()
      .meta({ description: 'What it is good for, such as text.count' }),
    input_schema: Schema.optional().meta({
      description: 'JSON Schema (2020-12) of its input, or the path of one',
    }),
    output_schema: Schema.optional().meta({
      description: 'JSON Schema (2020-12) of its answer, or the path of one',
    }),
    examples: z
      .union([FilePath, z.array(MarketplaceExample).max(EXAMPLES_MAX)])
      .optional()
      .meta({ description: 'Inputs to show, which admission runs; or the path of a list of them' }),
    price: MoneyInput.optional().meta({ description: 'Dollars for each finished task' }),
  })
  .meta({
    title: 'Cadre manifest',
    description: 'What `cadre publish` publishes: an agent or a workflow, and its listing.',
  })
export type ManifestDocument = z.output<typeof ManifestDocument>

/** What a file of examples holds. */
export const ManifestExamples = z.array(MarketplaceExample).max(EXAMPLES_MAX)

/** What is published; a manifest names exactly one. */
export const MANIFEST_SOURCES = ['binary', 'remote', 'image', 'definition'] as const

/** The JSON Schema (2020-12) of manifests, by which editors complete and check. */
export const manifestSchema = (address: string): Record<string, unknown> => {
  const schema = z.toJSONSchema(ManifestDocument, { target: 'draft-2020-12', io: 'input' })
  return {
    $id: address,
    ...(schema as Record<string, unknown>),
    oneOf: MANIFEST_SOURCES.map((key) => ({ required: [key] })),
    not: { required: ['licence', 'license'] },
  }
}
