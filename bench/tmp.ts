import { createCaller } from './http-caller.ts'
import { startServer } from './server-process.ts'
import { benchRemote } from './remote.ts'
const server = await startServer({ CADRE_DEMO_AGENTS: 'false', CADRE_LOG_LEVEL: 'warn' })
const c = createCaller({ ...server, connectionsMax: 64 })
const t = setInterval(
  async () => console.log(JSON.stringify(await c.call('GET', '/tasks/counts'))),
  3000,
)
await benchRemote(server, c)
clearInterval(t)
c.close()
await server.stop()
