import { parseArgs } from 'node:util'
import { benchAccess } from './access.ts'
import { benchEmbedded } from './embedded.ts'
import { milliseconds } from './figures.ts'
import { machineLine } from './machine.ts'
import { benchHistory } from './history.ts'
import { benchMarketplace } from './marketplace.ts'
import { benchPeers } from './peers/main.ts'
import { measureWasmExecutor } from './wasm-executor.ts'
import { benchWorkflows } from './workflows/main.ts'

const { values } = parseArgs({
  options: {
    peers: { type: 'boolean', default: false },
    workflows: { type: 'boolean', default: false },
    marketplace: { type: 'boolean', default: false },
    history: { type: 'boolean', default: false },
    access: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
})

console.log(`# ${machineLine()}`)
if (values.peers) await benchPeers({ isQuick: values.quick, only: values.only })
else if (values.workflows) await benchWorkflows({ isQuick: values.quick, only: values.only })
else if (values.marketplace) await benchMarketplace()
else if (values.history) await benchHistory()
else if (values.access) benchAccess()
else {
  const { coldMs, runnerMs, executeMs, sustainedPerSecond } = await measureWasmExecutor()
  console.log(
    `WASM runner (warm): p50 ${milliseconds(runnerMs.p50)}, p99 ${milliseconds(runnerMs.p99)}; as the server sees it p50 ${milliseconds(executeMs.p50)}; cold ${milliseconds(coldMs)}; without a pause ${Math.round(sustainedPerSecond)}/s`,
  )
  await benchEmbedded()
}
