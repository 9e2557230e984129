import type { OpenApi, Schema } from './openapi.ts'
import { Prose } from './prose.tsx'
import { schemaRows, typeName } from './schema-rows.ts'

/** The fields of a body as a table; a plain type where there are none. */
export const SchemaTable = ({
  document,
  schema,
  caption,
  isAnswer = false,
}: {
  document: OpenApi
  schema: Schema
  caption: string
  /** Answers always hold their fields: saying so of each would only be noise. */
  isAnswer?: boolean
}) => {
  const rows = schemaRows(document, schema)
  if (rows.length === 0)
    return <p className="px-4 py-3 font-mono text-xs text-muted">{typeName(document, schema)}</p>
  return (
    <FieldTable
      caption={caption}
      rows={rows.map((row) => ({
        ...row,
        key: row.path,
        where: '',
        isRequired: row.isRequired && !isAnswer,
      }))}
    />
  )
}

export interface FieldRow {
  key: string
  name: string
  depth: number
  type: string
  isRequired: boolean
  description: string
  limits: string
  /** `path`, `query`, … for parameters; else empty. */
  where: string
}

export const FieldTable = ({ caption, rows }: { caption: string; rows: readonly FieldRow[] }) => (
  <table className="w-full table-fixed text-left text-sm max-sm:block">
    <caption className="sr-only">{caption}</caption>
    <colgroup>
      <col className="w-2/5" />
      <col />
    </colgroup>
    <thead className="sr-only">
      <tr>
        <th scope="col">Name</th>
        <th scope="col">Type and meaning</th>
      </tr>
    </thead>
    <tbody className="divide-y divide-line max-sm:block">
      {rows.map((row) => (
        <tr key={row.key} className="align-baseline max-sm:block max-sm:py-2">
          <th scope="row" className="py-2 pl-4 font-normal max-sm:block max-sm:w-full max-sm:py-0">
            <Indent depth={row.depth} />
            <code className="font-mono text-xs font-medium">{row.name}</code>
            {row.isRequired && (
              <span className="ml-1.5 text-2xs text-bad" title="Required">
                required
              </span>
            )}
            {row.where !== '' && <span className="ml-1.5 text-2xs text-faint">{row.where}</span>}
          </th>
          <td className="py-2 pr-4 pl-3 max-sm:block max-sm:py-0 max-sm:pl-4">
            <code className="font-mono text-xs text-accent">{row.type}</code>
            {row.limits !== '' && <span className="ml-2 text-xs text-faint">{row.limits}</span>}
            {row.description !== '' && (
              <p className="text-xs text-muted">
                <Prose text={row.description} />
              </p>
            )}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

const Indent = ({ depth }: { depth: number }) =>
  depth === 0 ? null : (
    <span aria-hidden className="text-line-strong">
      {`${'   '.repeat(depth - 1)}└ `}
    </span>
  )
