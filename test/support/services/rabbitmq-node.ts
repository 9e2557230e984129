import { randomBytes } from 'node:crypto'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstExecutable, installUnlessFound } from './debian-packages.ts'
import { freePorts } from './free-ports.ts'
import { startGuarded, type GuardedProcess } from './guarded-process.ts'
import { unprivilegedUser, type SystemUser } from './system-user.ts'

/** The script itself, not the wrapper in /usr/sbin, which insists on the system's own node. */
const EXECUTABLES = [
  '/usr/lib/rabbitmq/bin/rabbitmq-server',
  '/opt/homebrew/sbin/rabbitmq-server',
  '/usr/local/sbin/rabbitmq-server',
]
const PLUGIN = 'rabbitmq_management'
/** Idle schedulers sleep, for several things share the machine. */
const ERLANG_ARGUMENTS =
  '-noinput +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}'

/** A RabbitMQ of its own that a test may ill-treat. It keeps its port and its data. */
export interface RabbitMqNode {
  url: string
  managementUrl: string
  how: string
  /** Shuts it down in order. */
  stop(): Promise<void>
  /** Starts it again after `stop` or `kill`; resolves when it takes connections. */
  start(): Promise<void>
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>
  /** Stops its time: connections stay open and nobody answers. */
  pause(): void
  resume(): void
  /** Ends it for good, with its data. Idempotent. */
  close(): Promise<void>
}

export interface RabbitMqWish {
  /** False spares the management API, which takes five seconds to stop. */
  isManaged?: boolean
}

interface Ports {
  amqp: number
  management: number
  /** Of its own port mapper, so that nodes of several runs never meet. */
  epmd: number
  distribution: number
}

/** Starts one from installed programs, in a temporary directory and on private ports. */
export const startRabbitMq = async ({
  isManaged = true,
}: RabbitMqWish = {}): Promise<RabbitMqNode> => {
  const { found: program, isInstalledNow } = await installUnlessFound(['rabbitmq-server'], () =>
    firstExecutable(EXECUTABLES),
  )
  const user = await unprivilegedUser('rabbitmq')
  const [amqp = 0, management = 0, epmd = 0, distribution = 0] = await freePorts(4)
  const ports = { amqp, management, epmd, distribution }
  const directory = await mkdtemp(join(tmpdir(), 'cadre-rabbitmq-'))
  const password = randomBytes(16).toString('hex')
  await writeSettings({ directory, ports, password, user, isManaged })
  const launch = { program, directory, ports, user, name: randomBytes(6).toString('hex') }
  const mapper = await startPortMapper(launch)
  let node: GuardedProcess | null = null

  const start = async () => {
    node = startGuarded({
      command: 'env',
      args: [...environmentOf(launch), program],
      // What is to be kept is stopped in order by `stop`; the rest may end at once.
      stopSignal: 'SIGKILL',
      user,
    })
    await node.says(/Server startup complete/)
  }
  const end = async (signal: NodeJS.Signals) => {
    node?.signal(signal)
    await node?.ended
    node = null
  }
  const close = async () => {
    await node?.stop()
    await mapper.stop()
  }
  try {
    await start()
  } catch (error) {
    await close()
    throw error
  }
  return {
    url: `amqp://cadre:${password}@127.0.0.1:${amqp}`,
    managementUrl: `http://cadre:${password}@127.0.0.1:${management}`,
    how: `${isInstalledNow ? 'installed now, ' : ''}${program} on port ${amqp}`,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: () => node?.signal('SIGSTOP'),
    resume: () => node?.signal('SIGCONT'),
    close,
  }
}

const writeSettings = async (node: {
  directory: string
  ports: Ports
  password: string
  user: SystemUser | undefined
  isManaged: boolean
}): Promise<void> => {
  const { directory, ports, password, user, isManaged } = node
  const settings = {
    'listeners.tcp.1': `127.0.0.1:${ports.amqp}`,
    'management.tcp.ip': '127.0.0.1',
    'management.tcp.port': ports.management,
    // Nobody looks at its statistics.
    'management_agent.disable_metrics_collector': true,
    default_user: 'cadre',
    default_pass: password,
    'log.console': true,
    'log.console.level': 'info',
    'log.file': false,
    'disk_free_limit.absolute': '50MB',
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}\n`)
  await writeFile(join(directory, 'rabbitmq.conf'), lines.join(''))
  await writeFile(join(directory, 'enabled_plugins'), `[${isManaged ? PLUGIN : ''}].\n`)
  if (user !== undefined) await chown(directory, user.uid, user.gid)
}

interface Launch {
  directory: string
  ports: Ports
  user: SystemUser | undefined
  name: string
}

/** Lives as long as the node may be started again, and removes its directory in the end. */
const startPortMapper = async ({ directory, ports, user }: Launch): Promise<GuardedProcess> => {
  const mapper = startGuarded({
    command: 'epmd',
    args: ['-d', '-address', '127.0.0.1', '-port', String(ports.epmd)],
    stopSignal: 'SIGTERM',
    user,
    directory,
  })
  try {
    await mapper.says(/epmd running/)
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
  return mapper
}

const environmentOf = ({ directory, ports, name }: Launch): string[] =>
  Object.entries({
    HOME: directory,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: ports.epmd,
    RABBITMQ_NODENAME: `cadre-${name}@localhost`,
    RABBITMQ_DIST_PORT: ports.distribution,
    RABBITMQ_MNESIA_BASE: join(directory, 'data'),
    RABBITMQ_LOG_BASE: join(directory, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'enabled_plugins'),
    RABBITMQ_PID_FILE: join(directory, 'pid'),
    // Makes the script become the node instead of waiting for it, so that signals reach it.
    RABBITMQ_ALLOW_INPUT: 1,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: ERLANG_ARGUMENTS,
  }).map(([key, value]) => `${key}=${value}`)
