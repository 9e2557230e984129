import { CodeBlock, prettyJson } from '../ui/code-block.tsx'
import type { triggerSchemaOf } from './trigger-schema.ts'

/** What a workflow asks of its context, folded; nothing where it asks nothing. */
export const ContextSchema = ({ schema }: { schema: ReturnType<typeof triggerSchemaOf> }) =>
  schema !== null && (
    <details className="rounded-lg border border-line">
      <summary className="px-3 py-2 text-sm text-muted">The schema that it must fit</summary>
      <CodeBlock text={prettyJson(schema)} label="Schema" className="max-h-60" />
    </details>
  )
