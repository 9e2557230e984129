import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from '../../test/support/services/free-ports.ts'
import { providePostgres } from '../../test/support/services/postgres.ts'
import { databaseUrl, withServer } from '../../test/support/services/postgres-template.ts'
import { provideRabbitMq } from '../../test/support/services/rabbitmq.ts'
import { provideRedis } from '../../test/support/services/redis.ts'
import { BENCH_KEY, startServer } from '../server-process.ts'
import type { Peer } from './peer.ts'

/** Everything that is compared, ourselves first. `packages` is where the peers are installed. */
export const contenders = (packages: string): Peer[] => [
  {
    program: 'cadre',
    name: 'Cadre (PostgreSQL, RabbitMQ)',
    promise: 'flushed to disk',
    bulkMax: 1_000,
    workersMax: 2,
    start: startCadreOnRabbitMq,
  },
  {
    program: 'cadre',
    name: 'Cadre (embedded)',
    promise: 'survives a killed process',
    bulkMax: 1_000,
    workersMax: 2,
    start: startCadreEmbedded,
  },
  {
    program: 'restate',
    name: 'Restate',
    promise: 'flushed to disk',
    bulkMax: 64,
    workersMax: 1,
    start: () => startRestate(packages),
  },
  {
    program: 'graphile-worker',
    name: 'graphile-worker',
    promise: 'flushed to disk',
    bulkMax: 1_000,
    workersMax: 2,
    start: startOnPostgres,
  },
  {
    program: 'pg-boss',
    name: 'pg-boss',
    promise: 'flushed to disk',
    bulkMax: 1_000,
    workersMax: 2,
    start: startOnPostgres,
  },
  {
    program: 'bullmq',
    name: 'BullMQ',
    promise: 'in memory',
    bulkMax: 1_000,
    workersMax: 2,
    start: startOnRedis,
  },
  {
    program: 'bare',
    name: 'bare HTTP and RabbitMQ',
    promise: 'message flushed to disk',
    bulkMax: 1_000,
    workersMax: 2,
    start: startBare,
  },
]

const freshDatabase = async () => {
  const server = await providePostgres({ isDurable: true })
  const name = `cadre_peers_${Date.now()}`
  await withServer(server.url, (client) => client.query(`create database ${name}`))
  return {
    url: databaseUrl(server.url, name),
    stop: async () => {
      await withServer(server.url, (client) =>
        client.query(`drop database if exists ${name} with (force)`),
      )
      await server.stop()
    },
  }
}

export const startOnPostgres = async () => {
  const database = await freshDatabase()
  return { address: { postgres: database.url }, serverPid: null, stop: database.stop }
}

const startOnRedis = async () => {
  const redis = await provideRedis()
  return { address: { redis: redis.url }, serverPid: null, stop: redis.stop }
}

/** What is left when there is nothing but the transport: how fast anything of this shape could be. */
const startBare = async () => {
  const rabbitMq = await provideRabbitMq()
  const server = fork(join(import.meta.dirname, 'programs', 'bare-server.mjs'), [rabbitMq.url])
  const exited = once(server, 'exit')
  const [port] = (await Promise.race([
    once(server, 'message'),
    exited.then(() => Promise.reject(new Error('The bare server ended early.'))),
  ])) as [number]
  return {
    address: { url: `http://127.0.0.1:${port}`, amqp: rabbitMq.url },
    serverPid: server.pid ?? null,
    stop: async () => {
      server.kill('SIGKILL')
      await exited
      await rabbitMq.stop()
    },
  }
}

export const startCadreOnRabbitMq = async () => {
  const database = await freshDatabase()
  const rabbitMq = await provideRabbitMq()
  const server = await startServer({
    CADRE_DATABASE_URL: database.url,
    RABBITMQ_URL: rabbitMq.url,
    CADRE_LOCAL_KEY: 'false',
  })
  return {
    address: { url: server.url, key: BENCH_KEY, amqp: rabbitMq.url },
    serverPid: server.pid,
    stop: async () => {
      await server.stop()
      await rabbitMq.stop()
      await database.stop()
    },
  }
}

export const startCadreEmbedded = async () => {
  const server = await startServer({ CADRE_LOCAL_KEY: 'false' })
  return {
    address: { url: server.url, key: BENCH_KEY },
    serverPid: server.pid,
    stop: () => server.stop(),
  }
}

const RESTATE_READY_MS_MAX = 60_000

export const startRestate = async (packages: string) => {
  const directory = await mkdtemp(join(tmpdir(), 'cadre-restate-'))
  const [ingress, admin, node, endpointPort] = await freePorts(4)
  const server = spawn(join(packages, 'node_modules', '.bin', 'restate-server'), ['--no-logo'], {
    cwd: directory,
    env: {
      ...process.env,
      RESTATE_BASE_DIR: directory,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
      RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
      RESTATE_LISTEN_MODE: 'tcp',
      RUST_LOG: 'error',
    },
    stdio: 'ignore',
  })
  const exited = once(server, 'exit')
  const address = {
    ingress: `http://127.0.0.1:${ingress}`,
    admin: `http://127.0.0.1:${admin}`,
    endpointPort,
  }
  for (const giveUpAt = performance.now() + RESTATE_READY_MS_MAX; ;) {
    const isReady = await fetch(`${address.ingress}/restate/health`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) break
    if (performance.now() > giveUpAt) throw new Error('Restate did not become ready.')
    await pause(200)
  }
  return {
    address,
    serverPid: server.pid ?? null,
    stop: async () => {
      server.kill('SIGTERM')
      const timer = setTimeout(() => server.kill('SIGKILL'), 10_000)
      await exited
      clearTimeout(timer)
      await rm(directory, { recursive: true, force: true })
    },
  }
}
