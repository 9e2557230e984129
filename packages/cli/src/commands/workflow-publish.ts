import type { PublishedWorkflow } from '@cadre/contract'
import { CadreError } from '@cadre/contract/client'
import { readDefinitionFile } from '../definition-file.ts'
import { EXIT_FAILED } from '../failures.ts'
import { printable } from '../printable.ts'
import { problemLines, type PlacedProblem } from '../problem-lines.ts'
import type { Action } from '../session.ts'

/** `cadre workflow publish FILE` */
export const publishWorkflow: Action<[file: string]> = async (session, [path]) => {
  const { client, terminal } = session
  const file = await readDefinitionFile(session, path)
  const say = (problem: PlacedProblem) => {
    const paint = (kind: 'place' | 'caret', text: string) =>
      terminal.paintNote(kind === 'place' ? 'bold' : 'red', text)
    for (const line of problemLines(file, problem, paint)) terminal.note(line)
  }
  let published: PublishedWorkflow
  try {
    const { source, format } = file
    published = await client.workflows.publish({ source, format })
  } catch (error) {
    const problems = terminal.isJson ? [] : problemsOf(error)
    if (problems.length === 0) throw error
    for (const problem of problems) say(problem)
    terminal.note('Nothing is published.')
    return EXIT_FAILED
  }
  if (terminal.isJson) return terminal.document(published)
  for (const warning of published.warnings)
    say({ ...warning, message: `warning: ${warning.message}` })
  const { name, version, id } = published
  terminal.line(`Published workflow ${printable(name)} ${printable(version)} (${id}).`)
}

const problemsOf = (error: unknown): PlacedProblem[] => {
  if (!(error instanceof CadreError) || error.code !== 'workflow.invalid') return []
  return error.details.flatMap(({ message, line, column }) =>
    line === undefined || column === undefined ? [] : [{ message, line, column }],
  )
}
