import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readDefinition } from '../src/features/workflows/language/read-definition.ts'

// What the documentation shows must work.

const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'workflows.md'), 'utf8')
const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text)

/** An example is a whole definition, or some of its steps. */
const wholeOf = (example: string): string =>
  /^name:/m.test(example)
    ? example
    : `name: example\nversion: 1.0.0\nsteps:\n${example.replaceAll(/^/gm, '  ')}`

test('examples of workflows → sound definitions', () => {
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
