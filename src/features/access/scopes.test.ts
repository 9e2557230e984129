import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ACTIONS } from './actions.ts'
import { areScopesCovering, areScopesWithin } from './scopes.ts'

const nouns = [...new Set(ACTIONS.map((action) => `${action.split('.')[0]}.*`))]
const scope = fc.constantFrom('*', ...nouns, ...ACTIONS)
const scopes = fc.option(fc.array(scope, { minLength: 1, maxLength: 5 }), { nil: null })

test('within wider scopes → covers nothing that those do not', () => {
  fc.assert(
    fc.property(scopes, scopes, fc.constantFrom(...ACTIONS), (narrow, wide, action) => {
      if (!areScopesWithin(narrow, wide) || !areScopesCovering(narrow, action)) return
      expect(areScopesCovering(wide, action)).toBe(true)
    }),
    { numRuns: 5_000 },
  )
})

test('one scope more never covers less; none narrows nothing', () => {
  fc.assert(
    fc.property(scopes, scope, fc.constantFrom(...ACTIONS), (some, more, action) => {
      const covered = areScopesCovering(some, action)
      if (some !== null && covered) expect(areScopesCovering([...some, more], action)).toBe(true)
      expect(areScopesCovering(null, action)).toBe(true)
      expect(areScopesWithin(some, null)).toBe(true)
      expect(areScopesWithin(null, some)).toBe(some === null)
    }),
  )
})

test.each([
  ['task', 'task.read'],
  ['task.', 'task.read'],
  ['tas*', 'task.read'],
  ['*.read', 'task.read'],
  ['task.*', 'tasks.read'],
  ['key.*', 'keyring.read'],
  ['', 'task.read'],
])('%j → does not cover %s', (pattern, action) => {
  expect(areScopesCovering([pattern], action)).toBe(false)
})
