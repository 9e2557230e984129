import pg from 'pg'
import type { Clock } from '../clock.ts'
import type { Db } from './db.ts'
import { createListeners } from './listeners.ts'
import { createNotices } from './notices.ts'

export interface ListenerOptions {
  url: string
  clock: Clock
  /** A lost connection, reported once per loss. */
  onFault: (error: unknown) => void
}

const RETRY_MS = 500
/** Under load, what is to be told within this time is told together. */
const GATHER_MS = 2
/** Where processes that share the database learn of each other. */
const PEERS_CHANNEL = 'cadre_peers'
const GREETING = 'greeting'
const ANSWER = 'answer'
/** Who shares it has answered so long after a connection was made. */
const ANSWER_MS = 1_000

/**
 * One connection of its own for every channel, opened at the first use and again after a loss. It
 * also tells other processes what this one has to say; what it hears of itself it has told already.
 * Each connection greets the others and is answered: a process that has the database to itself says
 * nothing, which saves it a statement for nearly every write.
 */
export const createPostgresListeners = (
  options: ListenerOptions,
): Pick<Db, 'listen' | 'notify' | 'close'> => {
  const listeners = createListeners()
  const untold = createNotices()
  let connection: Promise<Connection> | null = null
  /** One client runs one statement at a time. */
  let turn: Promise<unknown> = Promise.resolve()
  let telling: Promise<void> | null = null
  /** Another process was heard of; it may have gone since. */
  let hasPeers = false
  let greetedAtMs = Number.POSITIVE_INFINITY
  /** Another try is being seen to. */
  let isLost = false
  let isClosed = false

  const connect = async (): Promise<Connection> => {
    const client = new pg.Client({ connectionString: options.url, keepAlive: true })
    const ended = new Promise<void>((resolve) => client.once('end', resolve))
    const link: Connection = { client, pid: 0 }
    client.on('notification', ({ channel, payload = '', processId }) => {
      if (processId === link.pid) return
      if (channel === PEERS_CHANNEL) meet(client, payload)
      else listeners.tell({ channel, payload })
    })
    client.on('error', options.onFault)
    try {
      await client.connect()
      link.pid = await pidOf(client)
      for (const channel of [PEERS_CHANNEL, ...listeners.channels()])
        await listenOn(client, channel)
      await tellOn(client, [{ channel: PEERS_CHANNEL, payload: GREETING }])
      greetedAtMs = options.clock.now().getTime()
    } catch (error) {
      client.end().catch(() => {})
      throw error
    }
    // A connection that never came about ends too; only the end of this one is a loss.
    void ended.then(reconnect)
    return link
  }
  /** The connection there is, or a new one; one that cannot be had is tried anew by the next. */
  const connected = (): Promise<Connection> => {
    if (connection === null) {
      const attempt = connect()
      connection = attempt
      attempt.catch(() => {
        if (connection === attempt) connection = null
      })
    }
    return connection
  }
  const reconnect = async (): Promise<void> => {
    connection = null
    isLost = true
    if (isClosed) return
    try {
      await connected()
      isLost = false
      listeners.tellAll()
      tellOthers()
    } catch {
      options.clock.after(RETRY_MS, () => {
        if (connection === null) void reconnect()
      })
    }
  }
  const meet = (client: pg.Client, payload: string) => {
    hasPeers = true
    if (payload !== GREETING) return
    // Who is not answered is told nothing until this process greets again.
    inTurn(() => tellOn(client, [{ channel: PEERS_CHANNEL, payload: ANSWER }])).catch(() => {})
  }
  const isAlone = () => !hasPeers && options.clock.now().getTime() > greetedAtMs + ANSWER_MS
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const next = turn.catch(() => {}).then(work)
    turn = next
    return next
  }
  const tellAllOthers = async (): Promise<void> => {
    while (!untold.isEmpty) {
      const { client } = await connected()
      const notices = untold.take()
      if (isAlone()) return
      try {
        await inTurn(() => tellOn(client, notices))
      } catch (error) {
        // Told when there is a connection again.
        for (const { channel, payload } of notices) untold.add(channel, payload)
        throw error
      }
      if (!isClosed) await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
    }
  }
  const tellOthers = () => {
    if (isLost || isClosed) return
    telling ??= tellAllOthers()
      // Reported where the connection is.
      .catch(() => {})
      .finally(() => (telling = null))
  }

  return {
    listen: async (channel, onNotify) => {
      listeners.add(channel, onNotify)
      try {
        const { client } = await connected()
        await inTurn(() => listenOn(client, channel))
      } catch (error) {
        listeners.remove(channel, onNotify)
        throw error
      }
      return async () => listeners.remove(channel, onNotify)
    },
    notify: (channel, payload) => {
      listeners.tellSoon(channel, payload)
      untold.add(channel, payload)
      tellOthers()
    },
    close: async () => {
      await telling
      isClosed = true
      const link = await connection?.catch(() => null)
      await link?.client.end()
    },
  }
}

interface Connection {
  client: pg.Client
  /** Of the server's side, by which it tells who notified. */
  pid: number
}

const pidOf = async (client: pg.Client): Promise<number> => {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? 0
}

const listenOn = (client: pg.Client, channel: string) =>
  client.query(`listen ${pg.escapeIdentifier(channel)}`)

const tellOn = (
  client: pg.Client,
  notices: readonly { channel: string; payload: string }[],
): Promise<unknown> =>
  client.query({
    name: 'notify',
    text: 'select pg_notify(n.channel, n.payload) from unnest($1::text[], $2::text[]) as n (channel, payload)',
    values: [notices.map(({ channel }) => channel), notices.map(({ payload }) => payload)],
  })
