import type { Readable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import type { AdmissionFinding, Measurement } from '@cadre/contract'
import type { AgentBinary } from '#features/agents/index.ts'
import type { FoundArtefact } from './artefact.ts'
import type { VersionRecord } from './item.ts'
import { permissionsOf, widened } from './permissions.ts'
import { secretIn } from './secret-scan.ts'
import { secretInStream } from './secret-stream.ts'

/** How one example went in the sandbox. */
export interface ExampleRun {
  outcome: string
  exitCode: number | null
  stdout: string
  stderr: string
  durationMs: number
  /** The most that it had; null when it was killed. */
  memoryBytes: number | null
  error: string | null
}

export interface AdmissionTools {
  openBinary: (binary: AgentBinary) => Promise<{ content: Readable }>
  /** Runs a program once, bounded in time, memory and output. */
  runExample: (binary: AgentBinary, input: unknown) => Promise<ExampleRun>
  /** What the last approved version asks for; null where none was approved. */
  lastApproved: (itemId: string) => Promise<{ version: string; permissions: string[] } | null>
}

/** What admission found, and what follows from it. */
export interface Admission {
  state: 'approved' | 'held' | 'rejected'
  reason: string | null
  findings: AdmissionFinding[]
  measurements: Measurement[]
  artefact: FoundArtefact | null
  permissions: string[] | null
}

/** Looks at a version in every way; the gravest finding decides. */
export const admit = async (
  version: VersionRecord,
  artefact: FoundArtefact | null,
  tools: AdmissionTools,
): Promise<Admission> => {
  const permissions = artefact === null ? null : permissionsOf(artefact)
  const examples = await checkExamples(version, artefact, tools)
  const findings = [
    checkArtefact(version, artefact),
    await checkPermissions(version, permissions, tools),
    await checkSecrets(version, artefact, tools),
    ...examples.findings,
  ]
  const gravest =
    findings.find(({ verdict }) => verdict === 'rejected') ??
    findings.find(({ verdict }) => verdict === 'held')
  return {
    state: gravest === undefined ? 'approved' : (gravest.verdict as 'held' | 'rejected'),
    reason: gravest?.message ?? null,
    findings,
    measurements: examples.measurements,
    artefact,
    permissions,
  }
}

const checkArtefact = (
  { itemType, name, version }: VersionRecord,
  artefact: FoundArtefact | null,
): AdmissionFinding => {
  const check = 'artefact'
  if (artefact !== null) {
    const digest = artefact.sha256 === null ? '' : `, SHA-256 ${artefact.sha256}`
    const message =
      artefact.image === undefined
        ? `Found: ${artefact.kind}${digest}.`
        : `Names the image ${artefact.image}. It was not fetched; its digest holds it.`
    return { check, verdict: 'passed', message }
  }
  const path = itemType === 'agent' ? '/agents' : '/workflows'
  return {
    check,
    verdict: 'held',
    message: `Your tenant has no ${itemType} ${name} ${version}. Publish it with POST ${path}, then have the version checked again.`,
  }
}

const checkPermissions = async (
  { itemId }: VersionRecord,
  permissions: readonly string[] | null,
  tools: AdmissionTools,
): Promise<AdmissionFinding> => {
  const check = 'permissions'
  if (permissions === null) return { check, verdict: 'skipped', message: 'Nothing to look at yet.' }
  const before = await tools.lastApproved(itemId)
  const asked = permissions.join(', ') || 'nothing'
  if (before === null) return { check, verdict: 'passed', message: `Asks for ${asked}.` }
  const more = widened(before.permissions, permissions)
  if (more.length === 0)
    return { check, verdict: 'passed', message: `Asks for no more than ${before.version}.` }
  return {
    check,
    verdict: 'held',
    message: `Asks for more than ${before.version}: ${more.join(', ')}. A reviewer decides.`,
  }
}

const checkSecrets = async (
  version: VersionRecord,
  artefact: FoundArtefact | null,
  tools: AdmissionTools,
): Promise<AdmissionFinding> => {
  const check = 'secrets'
  const texts: Record<string, string> = {
    description: version.description,
    readme: version.readme,
    changelog: version.changelog,
    examples: JSON.stringify(version.examples),
    input_schema: JSON.stringify(version.inputSchema),
    output_schema: JSON.stringify(version.outputSchema),
  }
  if (artefact?.definition) texts['the definition'] = JSON.stringify(artefact.definition)
  const rejected = (kind: string, place: string): AdmissionFinding => ({
    check,
    verdict: 'rejected',
    message: `There seems to be ${kind} in ${place}. Revoke it, and publish a new version without it.`,
  })
  for (const [place, text] of Object.entries(texts)) {
    const kind = secretIn(text)
    if (kind !== null) return rejected(kind, place)
  }
  if (artefact?.binary) {
    const { content } = await tools.openBinary(artefact.binary)
    const kind = await secretInStream(content)
    if (kind !== null) return rejected(kind, 'the binary')
  }
  return { check, verdict: 'passed', message: 'No secrets were seen.' }
}

const OUTPUT_SHOWN_MAX = 1_000

const checkExamples = async (
  { examples }: VersionRecord,
  artefact: FoundArtefact | null,
  tools: AdmissionTools,
): Promise<{ findings: AdmissionFinding[]; measurements: Measurement[] }> => {
  const check = 'examples'
  const binary = artefact?.binary ?? null
  const findings: AdmissionFinding[] = []
  const measurements: Measurement[] = []
  if (binary === null || examples.length === 0) {
    const message =
      artefact?.image !== undefined
        ? 'A container image is not run here. Whoever installs it runs it.'
        : binary === null
          ? 'Only programs in the sandbox are tried.'
          : 'There is no example to try.'
    return { findings: [{ check, verdict: 'skipped', message }], measurements }
  }
  for (const { title, input, output } of examples) {
    const run = await tools.runExample(binary, input)
    measurements.push({
      example: title,
      outcome: run.outcome,
      duration_ms: run.durationMs,
      memory_bytes: run.memoryBytes,
      output_bytes: Buffer.byteLength(run.stdout),
      output: run.stdout.slice(0, OUTPUT_SHOWN_MAX).toWellFormed().replaceAll('\0', '�'),
    })
    const problem = problemOf(run, output)
    if (problem !== null)
      findings.push({ check, verdict: 'rejected', message: `The example "${title}" ${problem}` })
  }
  if (findings.length > 0) return { findings, measurements }
  const message = `${examples.length} examples ran as they should.`
  return { findings: [{ check, verdict: 'passed', message }], measurements }
}

const STDERR_SHOWN_MAX = 300

const problemOf = (run: ExampleRun, expected: unknown): string | null => {
  if (run.outcome !== 'exit') return `ended by ${run.outcome}: ${run.error ?? 'no reason known'}`
  if (run.exitCode !== 0) {
    const said = run.stderr.trim().slice(0, STDERR_SHOWN_MAX).toWellFormed().replaceAll('\0', '�')
    return `ended with exit code ${run.exitCode}${said === '' ? '.' : `: ${said}`}`
  }
  if (expected === undefined) return null
  return isDeepStrictEqual(parsed(run.stdout), expected)
    ? null
    : 'answers something else than it is said to.'
}

const parsed = (stdout: string): unknown => {
  try {
    return JSON.parse(stdout)
  } catch {
    return stdout
  }
}
