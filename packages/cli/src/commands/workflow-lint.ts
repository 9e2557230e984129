import type { WorkflowReport } from '@cadre/contract'
import { readDefinitionFile, type DefinitionFile } from '../definition-file.ts'
import { EXIT_FAILED } from '../failures.ts'
import { problemLines } from '../problem-lines.ts'
import type { Action, Session } from '../session.ts'
import { count } from '../wording.ts'

/** `cadre workflow lint FILE...` */
export const lintWorkflows: Action<[files: string[]]> = async (session, [paths]) => {
  const { client, terminal } = session
  const reports: (WorkflowReport & { file: string })[] = []
  for (const path of paths) {
    const file = await readDefinitionFile(session, path)
    const { source, format } = file
    const report = await client.workflows.lint({ source, format })
    reports.push({ file: file.name, ...report })
    if (!terminal.isJson) printReport(terminal, file, report)
  }
  const problems = reports.reduce((sum, report) => sum + report.problems.length, 0)
  if (terminal.isJson) terminal.document({ files: reports })
  else terminal.note(summaryOf(paths.length, problems))
  return problems === 0 ? 0 : EXIT_FAILED
}

const summaryOf = (files: number, problems: number): string =>
  `${problems === 0 ? 'No problem' : count(problems, 'problem')} in ${count(files, 'file')}.`

const printReport = (
  terminal: Session['terminal'],
  file: DefinitionFile,
  { problems, warnings }: WorkflowReport,
): void => {
  const paint = (kind: 'place' | 'caret', text: string) =>
    terminal.paint(kind === 'place' ? 'bold' : 'red', text)
  const said = [
    ...problems,
    ...warnings.map((warning) => ({ ...warning, message: `warning: ${warning.message}` })),
  ].toSorted((left, right) => left.line - right.line || left.column - right.column)
  for (const one of said) for (const line of problemLines(file, one, paint)) terminal.line(line)
}
