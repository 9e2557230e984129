import { benchEmbedded } from './embedded.ts'
import { machineLine } from './machine.ts'

console.log(`# ${machineLine()}`)
await benchEmbedded()
