import type { MarketplaceVersion } from '@cadre/contract'
import { CadreError } from '@cadre/contract/client'
import { CommandError, EXIT_FAILED } from '../failures.ts'
import { findingLines } from '../finding-lines.ts'
import { loadManifest, type LoadedManifest } from '../manifest/load-manifest.ts'
import type { FileProblem } from '../manifest/manifest-contents.ts'
import { publishArtefact, type PublishedArtefact } from '../manifest/publish-artefact.ts'
import { publishListing, type PublishedListing } from '../manifest/publish-listing.ts'
import { printable } from '../printable.ts'
import { problemLines } from '../problem-lines.ts'
import type { Action, Session } from '../session.ts'
import type { Terminal } from '../terminal.ts'
import { byteSize, count } from '../wording.ts'

export interface ManifestOptions {
  dryRun?: boolean
  /** False with `--no-list`. */
  list?: boolean
  wait?: number
}

const WAIT_SECONDS_DEFAULT = 120
/** Published, and not yet decided about: a person decides, or time was over. */
const EXIT_UNDECIDED = 3

/** `cadre publish DIR|cadre.yaml` */
export const publishManifest: Action<[path: string], ManifestOptions> = async (
  session,
  [path],
  { dryRun = false, list = true, wait = WAIT_SECONDS_DEFAULT },
) => {
  const { terminal } = session
  const loaded = await loadManifest(path, session.pathOf)
  if ('problems' in loaded) return tellProblems(terminal, path, loaded.problems)
  const { manifest } = loaded
  if (dryRun) return tellDryRun(terminal, manifest)
  const isImage = manifest.artefact.kind === 'image'
  if (isImage && !list)
    throw new CommandError('cli.nothing_to_publish', 'A container image is only listed.')
  const artefact = await publishArtefact(session, manifest).catch(inDefinition(session, manifest))
  if (artefact === null) return EXIT_FAILED
  if (!terminal.isJson) tellArtefact(terminal, manifest, artefact)
  const listing = list ? await publishListing(session, manifest, wait) : null
  if (terminal.isJson)
    terminal.document({ artefact, version: listing?.version ?? null, outcome: outcomeOf(listing) })
  else if (listing !== null) tellListing(terminal, listing, wait)
  return listing === null ? 0 : exitCodeOf(listing.version)
}

const outcomeOf = (listing: PublishedListing | null) => listing?.version.state ?? 'not_listed'

const exitCodeOf = ({ state }: MarketplaceVersion): number =>
  state === 'approved' ? 0 : state === 'rejected' ? EXIT_FAILED : EXIT_UNDECIDED

const tellProblems = (
  terminal: Terminal,
  path: string,
  problems: readonly FileProblem[],
): number => {
  const summary = `${count(problems.length, 'problem')} in the manifest; nothing is published.`
  if (terminal.isJson) {
    const details = problems.map(({ file, line, column, message }) => ({
      field: `${file.name}:${line}:${column}`,
      message,
    }))
    throw new CommandError('cli.manifest_invalid', summary, { details })
  }
  const paint = (kind: 'place' | 'caret', text: string) =>
    terminal.paintNote(kind === 'place' ? 'bold' : 'red', text)
  for (const problem of problems)
    for (const line of problemLines(problem.file, problem, paint)) terminal.note(line)
  terminal.note(`${printable(path)}: ${summary}`)
  return EXIT_FAILED
}

/** What Cadre says against the definition of a workflow, told with its places. */
const inDefinition =
  ({ terminal }: Session, { artefact }: LoadedManifest) =>
  (error: unknown): null => {
    const isTold = error instanceof CadreError && error.code === 'workflow.invalid'
    if (!isTold || terminal.isJson || artefact.kind !== 'workflow') throw error
    const file = { name: artefact.file, source: artefact.source }
    const problems = error.details.map(({ message, line = 1, column = 1 }) => ({
      message,
      line,
      column,
      file,
    }))
    tellProblems(terminal, artefact.file, problems)
    return null
  }

const tellDryRun = (terminal: Terminal, { document, artefact, listing }: LoadedManifest): void => {
  const { name, version } = document
  if (terminal.isJson) return terminal.document({ artefact, listing, outcome: 'dry_run' })
  terminal.line(`${name} ${version} can be published: ${artefactWords(artefact)}.`)
  terminal.note('Nothing was sent. What only Cadre can judge, it judges when it is published.')
}

const artefactWords = (artefact: LoadedManifest['artefact']): string => {
  if (artefact.kind === 'wasm')
    return `a program of ${byteSize(artefact.bytes)}, SHA-256 ${artefact.sha256}`
  if (artefact.kind === 'image') return `the image ${artefact.reference}`
  return artefact.kind === 'remote' ? 'an agent that runs elsewhere' : 'a workflow'
}

const tellArtefact = (
  terminal: Terminal,
  { document }: LoadedManifest,
  { kind, id, wasThere, key }: PublishedArtefact,
): void => {
  if (kind === 'image') return
  const what = `${kind === 'workflow' ? 'workflow ' : ''}${document.name} ${document.version}`
  terminal.line(
    wasThere ? `There already is ${what}, the very same (${id}).` : `Published ${what} (${id}).`,
  )
  if (key === undefined) return
  terminal.note('The key of the agent follows and is shown only now.')
  terminal.line(printable(key))
}

const tellListing = (
  terminal: Terminal,
  { version, wasThere }: PublishedListing,
  waitSeconds: number,
): void => {
  for (const line of findingLines(version, terminal)) terminal.line(line)
  const what = `${version.name} ${version.version}`
  const endings: Readonly<Record<MarketplaceVersion['state'], string>> = {
    approved: wasThere ? `Listed already: ${what}.` : `Approved: ${what} is listed.`,
    held: `Held: a person decides about ${what}. ${version.state_reason ?? ''}`,
    rejected: `Rejected: ${what} is not listed. Mend it, and raise its version.`,
    checking: `Not decided within ${waitSeconds} s: admission goes on. Look again with the same command.`,
  }
  terminal.line(printable(endings[version.state]).trimEnd())
  if (version.status !== 'active')
    terminal.note(`It is ${version.status}: ${printable(version.status_message ?? '')}`)
}
