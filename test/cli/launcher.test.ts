import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { CADRE_BIN, runCadreCli, runCliProcess } from '../support/run-cadre.ts'

const run = promisify(execFile)

/** Makes a process believe that its Node is an old one; a process that it starts does not. */
const AS_NODE_20 = [
  '--import',
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.0.0"}})',
]

test('launcher: on an old Node → goes on with the installed one, output and exit code intact', async () => {
  const { stdout } = await run(process.execPath, [...AS_NODE_20, CADRE_BIN, '--version'])
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  const usage = run(process.execPath, [...AS_NODE_20, CADRE_BIN, 'nonsense'])
  await expect(usage).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('unknown') })
})

test('launcher: without a command → help and exit code 0', async () => {
  const { code, stdout } = await runCliProcess([])
  expect(stdout).toContain('Usage: cadre')
  expect(code).toBe(0)
})

test.each(['bash', 'zsh', 'fish'])(
  'completion: %s → every command is in the script',
  async (shell) => {
    const { stdout } = await runCadreCli(['completion', shell])
    for (const command of ['start', 'doctor', 'publish', 'run', 'tasks', 'watch']) {
      expect(stdout).toContain(command)
    }
    expect(stdout).toContain('QUARANTINED')
  },
)

test('completion: the bash script offers commands, options and values', async () => {
  const { stdout: script } = await runCadreCli(['completion', 'bash'])
  const complete = async (...words: string[]) => {
    const line = `COMP_WORDS=(cadre ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}`
    const { stdout } = await run('bash', [
      '-c',
      `${script}\n${line}; _cadre; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ])
    return stdout.trim().split('\n')
  }
  expect(await complete('ta')).toEqual(['tasks', 'task'])
  expect(await complete('tasks', '--status', 'QU')).toEqual(['QUARANTINED'])
  expect(await complete('run', '--dir')).toEqual(['--direct'])
  expect(await complete('completion', 'f')).toEqual(['fish'])
  expect(await complete('quarantine', 'red')).toEqual(['redrive', 'redispatch'])
  expect(await complete('quarantine', '--dry')).toEqual(['--dry-run'])
})
