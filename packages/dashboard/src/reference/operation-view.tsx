import { ChevronRight } from 'lucide-react'
import { Badge } from '../ui/badge.tsx'
import { CodeBlock } from '../ui/code-block.tsx'
import { Panel } from '../ui/panel.tsx'
import { curlExample } from './curl-example.ts'
import { Method } from './method.tsx'
import type { Body, OpenApi, Operation, Parameter } from './openapi.ts'
import { Prose } from './prose.tsx'
import { typeName } from './schema-rows.ts'
import { FieldTable, SchemaTable, type FieldRow } from './schema-table.tsx'

export const OperationView = ({
  document,
  operation,
}: {
  document: OpenApi
  operation: Operation
}) => (
  <article aria-labelledby="operation-title" className="grid min-w-0 gap-5">
    <header>
      <h2 id="operation-title" className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <Method method={operation.method} isLarge />
        <code className="min-w-0 font-mono text-base font-medium">{operation.path}</code>
        {operation.isDeprecated && <Badge tone="warn">Deprecated</Badge>}
      </h2>
      <p className="mt-2 font-medium">{operation.summary}</p>
      {operation.description !== '' && (
        <p className="mt-1 max-w-prose text-sm whitespace-pre-line text-muted">
          <Prose text={operation.description} />
        </p>
      )}
    </header>
    {operation.parameters.length > 0 && (
      <Panel title="Parameters">
        <FieldTable
          caption="Parameters"
          rows={operation.parameters.map((parameter) => parameterRow(document, parameter))}
        />
      </Panel>
    )}
    {operation.requests.map((body) => (
      <Panel
        key={body.mediaType}
        title="Body"
        aside={<code className="px-2 font-mono text-2xs text-faint">{body.mediaType}</code>}
      >
        {body.schema !== null && (
          <SchemaTable document={document} schema={body.schema} caption="Fields of the body" />
        )}
      </Panel>
    ))}
    <Panel title="Answers">
      <ul className="divide-y divide-line">
        {operation.responses.map((answer) => (
          <Answer
            key={`${answer.status} ${answer.mediaType}`}
            document={document}
            answer={answer}
          />
        ))}
      </ul>
    </Panel>
    <Panel title="From a terminal">
      <CodeBlock text={curlExample(document, operation, location.origin)} label="curl command" />
    </Panel>
  </article>
)

const parameterRow = (document: OpenApi, parameter: Parameter): FieldRow => {
  const schema = parameter.schema ?? {}
  const fallback = schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`
  return {
    key: `${parameter.in} ${parameter.name}`,
    name: parameter.name,
    depth: 0,
    type: typeName(document, schema),
    isRequired: parameter.required ?? false,
    description: parameter.description ?? schema.description ?? '',
    limits: fallback,
    where: parameter.in,
  }
}

const Answer = ({ document, answer }: { document: OpenApi; answer: Body & { status: string } }) => {
  const head = (
    <>
      <Badge tone={answer.status.startsWith('2') ? 'good' : 'neutral'}>{answer.status}</Badge>
      <span className="min-w-0 flex-1">{answer.description}</span>
      <span className="truncate font-mono text-2xs text-faint">
        {answer.schema === null ? answer.mediaType : typeName(document, answer.schema)}
      </span>
    </>
  )
  if (answer.schema === null)
    return <li className="flex items-center gap-3 py-2.5 pr-4 pl-10 text-sm">{head}</li>
  return (
    <li>
      <details className="group" open={answer.status.startsWith('2')}>
        <summary className="flex list-none items-center gap-3 px-4 py-2.5 text-sm hover:bg-hover [&::-webkit-details-marker]:hidden">
          <ChevronRight
            size={14}
            aria-hidden
            className="-mr-1 shrink-0 text-faint transition-transform group-open:rotate-90"
          />
          {head}
        </summary>
        <div className="border-t border-line bg-sunken">
          <SchemaTable
            document={document}
            schema={answer.schema}
            caption={`Fields of the answer ${answer.status}`}
            isAnswer
          />
        </div>
      </details>
    </li>
  )
}
