import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ACTIONS } from '../src/features/access/actions.ts'

const SOURCE = join(import.meta.dirname, '../packages/dashboard/src')

test('actions that the dashboard asks about → the server knows each of them', () => {
  const asked = globSync('**/*.{ts,tsx}', { cwd: SOURCE })
    .filter((path) => !path.includes('.test.'))
    .flatMap((path) => [
      ...readFileSync(join(SOURCE, path), 'utf8').matchAll(/\bmay\(([^()]*)\)|needs: ('[^']*')/g),
    ])
    .flatMap(([question]) => question.match(/'[^']+'/g) ?? [])
    .map((quoted) => quoted.slice(1, -1))
  const unknown = asked.filter((action) => !(ACTIONS as readonly string[]).includes(action))
  expect(asked).toContain('member.manage')
  expect([...new Set(unknown)].toSorted()).toEqual([])
})
