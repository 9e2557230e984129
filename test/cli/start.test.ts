import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCliProcess, startCliProcess } from '../support/run-cadre.ts'

let folder: string
let server: ReturnType<typeof startCliProcess>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cadre-start-'))
  server = startCliProcess(['start', '--port', '0'], {
    cwd: folder,
    env: { CADRE_DEMO_AGENTS: 'false', CADRE_SHUTDOWN_SECONDS: '2' },
  })
})
afterEach(async () => {
  server.child.kill('SIGTERM')
  await server.ended
  await rm(folder, { recursive: true, force: true })
})

test('start: ready → the command line beside it finds address and key by itself', async () => {
  await server.shows('Cadre is ready at ')
  const keyFile = await stat(join(folder, '.cadre', 'local-key'))
  expect(keyFile.mode & 0o777).toBe(0o600)
  const { code, stdout } = await runCliProcess(['doctor'], { cwd: folder })
  expect(stdout).toMatch(/ok {4}key +local-cli \(admin\)/)
  expect(code).toBe(0)
})

test('start: a second one in the same folder → refused with the mend', async () => {
  await server.shows('Cadre is ready at ')
  const second = await runCliProcess(['start', '--port', '0'], { cwd: folder })
  expect(second.stderr).toContain('CADRE_DATA_DIR')
  expect(second.code).toBe(1)
})

test('start: SIGTERM → stops in order, exit code 0, the key file is gone', async () => {
  await server.shows('Cadre is ready at ')
  server.child.kill('SIGTERM')
  expect((await server.ended).code).toBe(0)
  const { stderr } = await runCliProcess(['tasks', '--url', 'http://127.0.0.1:1'], { cwd: folder })
  expect(stderr).toContain('does not answer')
  await expect(stat(join(folder, '.cadre', 'local-key'))).rejects.toMatchObject({ code: 'ENOENT' })
})
