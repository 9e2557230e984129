import { benchEmbedded } from './embedded.ts'
import { milliseconds } from './figures.ts'
import { machineLine } from './machine.ts'
import { measureWasmExecutor } from './wasm-executor.ts'

console.log(`# ${machineLine()}`)
const { coldMs, runnerMs, executeMs, sustainedPerSecond } = await measureWasmExecutor()
console.log(
  `WASM runner (warm): p50 ${milliseconds(runnerMs.p50)}, p99 ${milliseconds(runnerMs.p99)}; as the server sees it p50 ${milliseconds(executeMs.p50)}; cold ${milliseconds(coldMs)}; without a pause ${Math.round(sustainedPerSecond)}/s`,
)
await benchEmbedded()
