import { parentPort } from 'node:worker_threads'
import type { ErrorDetail, MarketplaceExample } from '@cadre/contract'
import { checkSchema, createValueCheck } from '#platform/schema/json-schema.ts'

// The thread of `schema-judge.ts`: one job is one publication.

export interface SchemaJob {
  /** Undefined takes anything. */
  inputSchema: unknown
  outputSchema: unknown
  examples: readonly MarketplaceExample[]
}
export interface SchemaAnswer {
  faults: ErrorDetail[]
}

const FAULTS_MAX = 20

const faultsOf = ({ inputSchema, outputSchema, examples }: SchemaJob): ErrorDetail[] => {
  const wrong = [
    ...schemaFaults('input_schema', inputSchema),
    ...schemaFaults('output_schema', outputSchema),
  ]
  if (wrong.length > 0) return wrong
  const isInput = createValueCheck(inputSchema)
  const isOutput = createValueCheck(outputSchema)
  return examples.flatMap((example, place) => [
    ...isInput(example.input).map((fault) => faultOf(`examples[${place}].input`, fault)),
    ...(example.output === undefined
      ? []
      : isOutput(example.output).map((fault) => faultOf(`examples[${place}].output`, fault))),
  ])
}

const schemaFaults = (field: string, schema: unknown): ErrorDetail[] =>
  checkSchema(schema).map(({ path, message }) => faultOf(field, { path: path.join('.'), message }))

const faultOf = (field: string, { path, message }: { path: string; message: string }) => ({
  field: path === '' ? field : `${field}.${path}`,
  message,
})

const port = parentPort
if (port === null) throw new Error('This file runs as a worker thread only.')
port.on('message', (job: SchemaJob) =>
  port.postMessage({ faults: faultsOf(job).slice(0, FAULTS_MAX) } satisfies SchemaAnswer),
)
port.postMessage('ready')
