import type { PolicyProblem } from '@cadre/contract'

// Cedar reads by recursion within a stack that it shares with us, and does not recover from having
// filled it. So what may nest or grow into a deep tree is counted before Cedar sees the text.

const NESTING_MAX = 32
/** Of one statement; chains of operators are deep trees as well. */
const OPERATORS_MAX = 300
const CONDITIONALS_MAX = 32
/** Where a line ends must be beyond doubt: comments end there. */
const CONTROL = /(?!\t|\r?\n)[\p{Cc}\u2028\u2029]/u
const TOKENS = /"(?:\\[^]|[^"\\])*"?|\/\/[^\n]*|[([{]|[)\]}]|;|\bif\b|[+*.!<>-]|[&|=]{2}|\w+|[^]/gu

/** What makes a text too much for Cedar, or null. Reads strings and comments as Cedar does. */
export const excessOf = (text: string): PolicyProblem | null => {
  const strange = CONTROL.exec(text)
  if (strange !== null) return problemAt(text, strange.index, 'must not hold control characters')
  let nesting = 0
  let operators = 0
  let conditionals = 0
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    const problem = (message: string) => problemAt(text, index, message)
    if (/^[([{]$/.test(token)) nesting++
    else if (/^[)\]}]$/.test(token)) nesting = Math.max(0, nesting - 1)
    else if (token === ';') nesting = operators = conditionals = 0
    else if (token === 'if') conditionals++
    else if (/^[+*.!<>&|=-]/.test(token)) operators++
    if (nesting > NESTING_MAX) return problem(`is nested more than ${NESTING_MAX} deep`)
    if (conditionals > CONDITIONALS_MAX)
      return problem(`has more than ${CONDITIONALS_MAX} conditionals in one statement`)
    if (operators > OPERATORS_MAX)
      return problem(`has more than ${OPERATORS_MAX} operators in one statement`)
  }
  return null
}

const problemAt = (text: string, index: number, message: string): PolicyProblem => {
  const before = text.slice(0, index).split('\n')
  return {
    severity: 'error',
    message,
    help: 'Say less in one statement, or make several of it.',
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
  }
}
