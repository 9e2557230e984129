import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { confirm } from './confirm.ts'
import { readEnvironment } from './environment.ts'
import { askPassword } from './login-questions.ts'
import { run } from './program.ts'
import { statusLine } from './status-line.ts'
import type { Surroundings } from './surroundings.ts'
import { createTerminal } from './terminal.ts'

/** A person at a terminal of 40 columns, or a program, who types `typed`. */
const surroundings = ({ isTTY = true, typed = '', variables = {} }: Given = {}) => {
  const stream = () => Object.assign(new PassThrough(), { isTTY, columns: isTTY ? 40 : undefined })
  const [stdin, stdout, stderr] = [stream(), stream(), stream()]
  stdin.end(typed)
  const around: Surroundings = {
    stdin,
    stdout,
    stderr,
    variables: { TERM: 'xterm-256color', ...variables },
    folder: '/',
    signals: new EventEmitter(),
  }
  const environment = readEnvironment(around.variables)
  return {
    around,
    terminal: createTerminal(around, environment, false),
    told: () => String(stdout.read() ?? ''),
    noted: () => String(stderr.read() ?? ''),
  }
}
interface Given {
  isTTY?: boolean
  typed?: string
  variables?: Record<string, string>
}

describe('a person at the terminal', () => {
  test.each([
    ['y\n', true],
    [' Yes \n', true],
    ['\n', false],
    ['yesterday\n', false],
  ])('asked, answers %j → %s', async (typed, isYes) => {
    const { terminal, noted, told } = surroundings({ typed })
    expect(await confirm('Purge 3 tasks?', terminal)).toBe(isYes)
    expect(noted()).toContain('Purge 3 tasks? [y/N] ')
    expect(told()).toBe('')
  })

  test('types a password → it is not shown', async () => {
    const { terminal, noted, told } = surroundings({ typed: 'four words\n' })
    expect(await askPassword(terminal)).toBe('four words')
    expect([noted(), told()]).toEqual(['Password: \n', ''])
  })

  test('watches → one line that is drawn over, cut to the width', () => {
    const { terminal, noted } = surroundings()
    const line = statusLine(terminal)
    line.show('x'.repeat(100))
    line.close()
    const [before, drawn = '', after, ...more] = noted().split('\r\u001b[2K')
    expect([before, after, more]).toEqual(['', '', []])
    expect(stripVTControlCharacters(drawn)).toMatch(/^\S x{20,36}…$/)
  })

  test('reads a program’s output → it cannot command the terminal', () => {
    const { terminal, told } = surroundings()
    terminal.raw('a\u001b[2Jb')
    expect(told()).toBe('ab\n')
  })

  test.each([
    [{}, true],
    [{ NO_COLOR: '1' }, false],
    [{ TERM: 'dumb' }, false],
  ])('with %j → colours: %s', (variables, isColoured) => {
    const { terminal } = surroundings({ variables })
    expect(terminal.paint('red', 'x')).toBe(isColoured ? '\u001b[31mx\u001b[39m' : 'x')
  })
})

describe('a program at the other end', () => {
  test('is never asked', async () => {
    const { terminal, noted } = surroundings({ isTTY: false, typed: 'y\n' })
    await expect(confirm('Sure?', terminal)).rejects.toMatchObject({ exitCode: 2 })
    await expect(askPassword(terminal)).rejects.toMatchObject({ exitCode: 2 })
    expect(noted()).toBe('')
  })

  test.each([
    [{}, false],
    [{ FORCE_COLOR: '1' }, true],
  ])('with %j → colours: %s', (variables, isColoured) => {
    const { terminal } = surroundings({ isTTY: false, variables })
    expect(terminal.paintNote('red', 'x') === 'x').toBe(!isColoured)
  })

  test('reads help → lines of 80 columns on stdout, without colours', async () => {
    const { around, told, noted } = surroundings({ isTTY: false })
    expect(await run(['tasks', '--help'], around)).toBe(0)
    const help = told()
    expect(help).toMatch(/^Usage: cadre tasks /)
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(stripVTControlCharacters(help)).toBe(help)
    expect(noted()).toBe('')
  })
})
