import { parseDocument } from 'yaml'
import { invalidField } from '#platform/errors.ts'
import type { WorkflowSource } from './workflow.ts'

/** Longer ones would keep the event loop waiting. */
const LENGTH_MAX = 1_048_576

/**
 * The same definition under another name; all else stays as its author wrote it.
 * @param source that was read before without a fault
 * @throws AppError 422 for `as` where it is too long for that
 */
export const renamedSource = (source: WorkflowSource, name: string): WorkflowSource => {
  if (source.text.length > LENGTH_MAX)
    throw invalidField('as', 'this definition is too long to be renamed; install it as it is named')
  if (source.format === 'json') {
    const definition = JSON.parse(source.text) as object
    return { ...source, text: `${JSON.stringify({ ...definition, name }, null, 2)}\n` }
  }
  const document = parseDocument(source.text, { uniqueKeys: false })
  document.set('name', name)
  return { ...source, text: document.toString({ lineWidth: 0 }) }
}
