import type { MarketplaceExample, MarketplaceVersion } from '@cadre/contract'
import { CodeBlock, prettyJson } from '../ui/code-block.tsx'
import { Panel } from '../ui/panel.tsx'

/** What goes in, what comes out, and examples of both. */
export const SchemaTab = ({ version }: { version: MarketplaceVersion }) => (
  <div className="grid gap-4">
    {version.examples.map((example, index) => (
      <Example key={index} example={example} />
    ))}
    <Schema title="Schema of the input" schema={version.input_schema} />
    <Schema title="Schema of the output" schema={version.output_schema} />
  </div>
)

const Example = ({ example }: { example: MarketplaceExample }) => (
  <Panel title={example.title}>
    <div className="grid divide-line max-md:divide-y md:grid-cols-2 md:divide-x">
      <Side label="Input" value={example.input} />
      <Side label="Output" value={example.output} />
    </div>
  </Panel>
)

const Side = ({ label, value }: { label: string; value: unknown }) => (
  <div className="min-w-0">
    <p className="px-4 pt-2.5 text-xs text-faint">{label}</p>
    {value === undefined ? (
      <p className="px-4 py-3 text-sm text-faint">It says nothing of it.</p>
    ) : (
      <CodeBlock text={prettyJson(value)} label={label} className="pt-1.5" />
    )}
  </div>
)

const Schema = ({ title, schema }: { title: string; schema: unknown }) => (
  <Panel title={title}>
    {schema === null ? (
      <p className="px-4 py-3 text-sm text-faint">It states none: anything may be there.</p>
    ) : (
      <CodeBlock text={prettyJson(schema)} label={title} />
    )}
  </Panel>
)
