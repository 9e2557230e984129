import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configurationKeys } from '../src/config.ts'
import { readManifest } from '../packages/cli/src/manifest/read-manifest.ts'
import { readDefinition } from '../src/features/workflows/language/read-definition.ts'

// What the documentation shows must work.

const examplesOf = (page: string): string[] => {
  const text = readFileSync(join(import.meta.dirname, '..', 'docs', page), 'utf8')
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, example = '']) => example)
}

/** An example is a whole definition, or some of its steps. */
const wholeOf = (example: string): string =>
  /^name:/m.test(example)
    ? example
    : `name: example\nversion: 1.0.0\nsteps:\n${example.replaceAll(/^/gm, '  ')}`

test('examples of manifests → sound', () => {
  const examples = examplesOf('manifest.md')
  expect(examples.length).toBeGreaterThanOrEqual(3)
  for (const example of examples) expect(readManifest(example, 'yaml').findings).toEqual([])
})

test('examples of workflows → sound definitions', () => {
  const examples = examplesOf('workflows.md')
  expect(examples.length).toBeGreaterThanOrEqual(4)
  for (const example of examples) {
    const { definition, problems, warnings } = readDefinition(
      { text: wholeOf(example), format: 'yaml' },
      { bytesMax: 1_048_576, stepsMax: 10_000 },
    )
    expect([example, problems, warnings]).toEqual([example, [], []])
    expect(definition?.steps.length).toBeGreaterThan(0)
  }
})

test('SECURITY.md: every risk of the ten names tests; files and settings that it names exist', () => {
  const root = join(import.meta.dirname, '..')
  const security = readFileSync(join(root, 'SECURITY.md'), 'utf8')
  const files = [...security.matchAll(/`((?:src|test)\/[\w./-]+\.ts)`/g)].map(
    ([, path = '']) => path,
  )
  expect(files.length).toBeGreaterThan(25)
  expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([])
  for (let risk = 1; risk <= 10; risk++)
    expect(security).toMatch(new RegExp(`^\\| API${risk} [^|]+\\|[^|]+\\|[^|]*\\.test\\.ts`, 'm'))
  const settings = new Set(configurationKeys().map(({ name }) => name))
  const named = [...security.matchAll(/`(CADRE_[A-Z0-9_]+)`/g)].map(([, name = '']) => name)
  expect(named.filter((name) => !settings.has(name.replace(/_FILE$/, '')))).toEqual([])
})
