/**
 * Runs the preview-1 cases of the public WASI test suite in Cadre's sandbox.
 *
 *   node scripts/wasi-testsuite.ts CHECKOUT [--write docs/wasi-testsuite.md]
 *
 * CHECKOUT is a clone of https://github.com/WebAssembly/wasi-testsuite on its branch
 * `prod/testsuite-base`, which holds the built cases; this script builds nothing. It ends with
 * code 1 when a case that needs no file system fails.
 */
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { moduleOf } from '../src/features/agents/module-source.ts'
import { createWasmExecutor, type WasmExecutor } from '#executors/wasm/index.ts'

/** What a case's JSON may say; the suite documents the defaults in doc/specification.md. */
interface Specification {
  args?: string[]
  env?: Record<string, string>
  /** A directory that the program wants preopened: it needs a file system. */
  root?: string
  exit_code?: number
  stdout?: string
  stderr?: string
}

interface Case {
  suite: string
  name: string
  verdict: 'pass' | 'fail' | 'not applicable'
  why: string
}

const LIMITS = {
  timeoutMs: 10_000,
  cpuMs: 10_000,
  memoryBytesMax: 256 * 1024 * 1024,
  outputBytesMax: 1024 * 1024,
}
const NEEDS_FILES = 'Wants a directory preopened; programs in Cadre have no file system.'

const main = async (): Promise<number> => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { write: { type: 'string' } },
  })
  const checkout = positionals[0] ?? '.'
  const files = globSync(join(checkout, 'tests', '**', '*wasip1*', '*.wasm')).sort()
  if (files.length === 0) {
    console.error(
      `No built preview-1 case lies under ${checkout}/tests. Check out the suite's branch prod/testsuite-base.`,
    )
    return 1
  }
  const executor = createWasmExecutor()
  try {
    const cases: Case[] = []
    for (const file of files) cases.push(await runCase(executor, checkout, file))
    report(cases, values.write)
    return cases.some(({ verdict }) => verdict === 'fail') ? 1 : 0
  } finally {
    await executor.close(0)
  }
}

const runCase = async (executor: WasmExecutor, checkout: string, file: string): Promise<Case> => {
  const suite = relative(join(checkout, 'tests'), file).split('/')[0] ?? ''
  const name = basename(file, '.wasm')
  const specification = readSpecification(file)
  if (specification.root !== undefined) {
    return { suite, name, verdict: 'not applicable', why: NEEDS_FILES }
  }
  const problem = await tryCase(executor, readFileSync(file), specification)
  return problem === null
    ? { suite, name, verdict: 'pass', why: '' }
    : { suite, name, verdict: 'fail', why: problem }
}

const readSpecification = (file: string): Specification => {
  const path = file.replace(/\.wasm$/, '.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

/** Null when the program behaves as specified. */
const tryCase = async (
  executor: WasmExecutor,
  bytes: Uint8Array,
  specification: Specification,
): Promise<string | null> => {
  const inspection = await executor.inspect(moduleOf(bytes))
  if (!inspection.isAccepted) return `refused: ${inspection.reason}`
  const execution = await executor.execute({
    digest: createHash('sha256').update(bytes).digest('hex'),
    owner: 'one owner',
    loadModule: () => Promise.resolve(bytes),
    stdin: new Uint8Array(),
    args: specification.args ?? [],
    env: specification.env ?? {},
    limits: LIMITS,
  })
  const { outcome, exitCode, stdout, stderr, error } = execution
  if (outcome !== 'exit') return `${outcome}: ${error ?? ''} ${stderr}`.trim()
  const wantedCode = specification.exit_code ?? 0
  if (exitCode !== wantedCode) return `exit code ${exitCode}, not ${wantedCode}. ${stderr}`.trim()
  if (specification.stdout !== undefined && stdout !== specification.stdout) return 'other stdout'
  if (specification.stderr !== undefined && stderr !== specification.stderr) return 'other stderr'
  return null
}

const report = (cases: readonly Case[], writeTo: string | undefined): void => {
  for (const { suite, name, verdict, why } of cases) {
    if (verdict === 'fail') console.log(`FAIL ${suite}/${name}: ${why}`)
  }
  console.log(summary(cases))
  if (writeTo !== undefined) writeFileSync(writeTo, document(cases))
}

const summary = (cases: readonly Case[]): string => {
  const count = (verdict: Case['verdict']) =>
    cases.filter((entry) => entry.verdict === verdict).length
  return `${cases.length} cases: ${count('pass')} pass, ${count('fail')} fail, ${count('not applicable')} do not apply.`
}

const document = (cases: readonly Case[]): string =>
  [
    '# The public WASI test suite',
    '',
    'The preview-1 cases of [WebAssembly/wasi-testsuite](https://github.com/WebAssembly/wasi-testsuite), as Cadre runs them. To repeat it, check out the branch `prod/testsuite-base`, which holds the built cases, and run `node scripts/wasi-testsuite.ts CHECKOUT --write docs/wasi-testsuite.md`.',
    '',
    summary(cases),
    '',
    '| suite | case | verdict | why |',
    '| --- | --- | --- | --- |',
    ...cases.map(
      ({ suite, name, verdict, why }) =>
        `| ${suite} | \`${name}\` | ${verdict} | ${why.replaceAll('|', '\\|').replaceAll('\n', ' ')} |`,
    ),
    '',
  ].join('\n')

process.exitCode = await main()
