import type { PolicyProblem, PolicyReport } from '@cadre/contract'
import { POLICY_STATEMENTS_MAX } from '@cadre/contract'
import type { DetailedError, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { tryCedar, type Cedar } from './cedar.ts'
import { cedarSchema } from './cedar-schema.ts'
import { excessOf } from './policy-bounds.ts'

const PROBLEMS_MAX = 20

export interface PolicyStatement {
  text: string
  json: PolicyJson
}

/** Says what is wrong with a policy's text, and where. Cedar may call a success what has errors. */
export const checkPolicy = (text: string): PolicyReport => {
  const excess = excessOf(text)
  const found = excess === null ? tryCedar((cedar) => problemsOf(cedar, text)) : [excess]
  const problems = (found ?? [whole('is more than can be read')]).slice(0, PROBLEMS_MAX)
  return { is_valid: problems.every(({ severity }) => severity !== 'error'), problems }
}

const problemsOf = (cedar: Cedar, text: string): PolicyProblem[] => {
  const bytes = Buffer.from(text)
  const told = (error: DetailedError, severity: PolicyProblem['severity']) =>
    problemOf(bytes, error, severity)
  const answer = cedar.validate({ schema: cedarSchema(), policies: { staticPolicies: text } })
  if (answer.type === 'failure') return answer.errors.map((error) => told(error, 'error'))
  const parts = cedar.policySetTextToParts(text)
  if (parts.type === 'failure') return parts.errors.map((error) => told(error, 'error'))
  if (parts.policy_templates.length > 0)
    return [whole('must not hold templates: name whom you mean')]
  if (parts.policies.length === 0) return [whole('holds no statement: begin with permit or forbid')]
  if (parts.policies.length > POLICY_STATEMENTS_MAX)
    return [whole(`holds more than ${POLICY_STATEMENTS_MAX} statements: make several policies`)]
  return [
    ...answer.validationErrors.map(({ error }) => told(error, 'error')),
    ...[...answer.validationWarnings.map(({ error }) => error), ...answer.otherWarnings].map(
      (error) => told(error, 'warning'),
    ),
  ]
}

const whole = (message: string): PolicyProblem => ({
  severity: 'error',
  message,
  help: null,
  line: null,
  column: null,
})

const problemOf = (
  bytes: Buffer,
  { message, help, sourceLocations }: DetailedError,
  severity: PolicyProblem['severity'],
): PolicyProblem => {
  const at = sourceLocations?.[0]?.start
  const before = at === undefined ? null : bytes.subarray(0, at).toString().split('\n')
  return {
    severity,
    message: message
      .replace(/^for policy `policy\d+`, /, '')
      .replace(/^failed to parse policies from string: /, ''),
    help,
    line: before?.length ?? null,
    column: before === null ? null : (before.at(-1)?.length ?? 0) + 1,
  }
}

/** The statements of a sound text, in an order of their own. @throws Error where it is not sound */
export const statementsOf = (cedar: Cedar, text: string): PolicyStatement[] => {
  const parts = cedar.policySetTextToParts(text)
  if (parts.type === 'failure') throw new Error(parts.errors[0]?.message ?? 'unreadable policy')
  return parts.policies.map((statement) => {
    const answer = cedar.policyToJson(statement)
    if (answer.type === 'failure') throw new Error(answer.errors[0]?.message ?? 'unreadable policy')
    return { text: statement, json: answer.json }
  })
}
