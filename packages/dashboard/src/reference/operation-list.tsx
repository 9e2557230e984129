import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { SearchField } from '../ui/search-field.tsx'
import { Method } from './method.tsx'
import { filterOperations, type Operation } from './openapi.ts'

/** All operations by tag, narrowed by what is typed. */
export const OperationList = ({
  operations,
  chosen,
}: {
  operations: readonly Operation[]
  chosen: string | undefined
}) => {
  const [text, setText] = useState('')
  const found = filterOperations(operations, text)
  const tags = [...new Set(found.map((operation) => operation.tag))]
  return (
    <nav aria-label="Operations" className="min-w-0">
      <SearchField label="Search operations" value={text} onChange={setText} className="mb-3" />
      {found.length === 0 && <p className="px-2 text-sm text-muted">No operation matches.</p>}
      {tags.map((tag) => (
        <section key={tag} aria-label={tag} className="mb-4">
          <h3 className="px-2 pb-1 text-xs font-medium text-faint capitalize">{tag}</h3>
          <ul>
            {found
              .filter((operation) => operation.tag === tag)
              .map((operation) => (
                <li key={operation.key}>
                  <Link
                    to="/reference"
                    search={{ op: operation.key }}
                    data-shown={operation.key === chosen || undefined}
                    data-row
                    title={operation.key}
                    className="flex h-8 items-center gap-2 rounded-lg px-2 text-sm text-muted hover:bg-hover hover:text-ink data-shown:bg-selected data-shown:text-ink"
                  >
                    <Method method={operation.method} />
                    <span className="min-w-0 truncate">
                      {operation.summary === '' ? operation.path : operation.summary}
                    </span>
                  </Link>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </nav>
  )
}
