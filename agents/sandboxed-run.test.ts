import { createHash } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { moduleOf } from '../src/features/agents/module-source.ts'
import { createWasmExecutor } from '../src/executors/wasm/index.ts'
import { binaryOf, builtAgents, runAgent } from './agent-host.ts'

const executor = createWasmExecutor()
afterAll(() => executor.close(1_000))

const limits = {
  timeoutMs: 10_000,
  cpuMs: 10_000,
  memoryBytesMax: 64 * 1_048_576,
  outputBytesMax: 1_048_576,
}

test('every example in the product’s sandbox → what it gives anywhere else', async () => {
  for (const agent of await builtAgents()) {
    const binary = await binaryOf(agent.name)
    expect(await executor.inspect(moduleOf(binary))).toMatchObject({
      isAccepted: true,
      report: { memoryPagesMax: 1_024 },
    })
    for (const { title, input } of agent.examples) {
      if (title.startsWith('Fails half')) continue
      const text = typeof input === 'string' ? input : JSON.stringify(input)
      const expected = await runAgent(agent.name, text)
      const execution = await executor.execute({
        digest: createHash('sha256').update(binary).digest('hex'),
        owner: 'one owner',
        loadModule: () => Promise.resolve(binary),
        stdin: Buffer.from(text),
        args: [],
        env: {},
        limits,
      })
      expect([agent.name, title, execution]).toEqual([
        agent.name,
        title,
        expect.objectContaining({
          outcome: 'exit',
          exitCode: title.startsWith('Fails on purpose') ? 1 : 0,
          stdout: expected.stdout,
          stderr: expected.stderr,
        }),
      ])
    }
  }
})

test('a half chance to fail → attempts of both kinds', async () => {
  const codes = new Set<number>()
  const input = JSON.stringify({ value: 1, from: 'm', to: 'ft', fail_chance: 0.5 })
  for (let attempt = 0; attempt < 100; attempt++) {
    codes.add((await runAgent('unit-convert', input)).exitCode)
  }
  expect([...codes].toSorted()).toEqual([0, 1])
})
