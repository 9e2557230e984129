import { BackoffJitter, BackoffKind, FailureCategory } from '@cadre/contract'
import { z } from 'zod'
import { oidcKeys } from './config-oidc.ts'
import { sealingSettings } from './config-sealing.ts'
import { withSecretFiles } from './secret-files.ts'

const seconds = (fallback: number, max = 86_400) =>
  z.coerce.number().positive().max(max).default(fallback)
const count = (fallback: number, max: number) =>
  z.coerce.number().int().min(1).max(max).default(fallback)
const origins = z
  .string()
  .optional()
  .transform((text = '') => text.split(',').flatMap((origin) => origin.trim() || []))
  .pipe(
    z.array(
      z.string().refine((origin) => URL.canParse(origin) && new URL(origin).origin === origin, {
        error: 'must be origins such as https://app.example, without a path',
      }),
    ),
  )
const rate = (fallback: number) => z.coerce.number().positive().max(1_000_000).default(fallback)
const address = z.url().optional()
const categories = z
  .string()
  .optional()
  .transform((text = '') => text.split(',').flatMap((name) => name.trim() || []))
  .pipe(z.array(FailureCategory))
const publicUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !/[?#]|\/\/[^/]*@/.test(url), 'must have no query, fragment or credentials')
  .transform((url) => url.replace(/\/+$/, ''))
  .optional()
const MEBIBYTE = 1_048_576

/** What a process may do of the whole; by default it does everything. */
const ROLES = ['api', 'worker', 'scheduler'] as const

/**
 * Every key, with its unit and default. The meta texts become `docs/configuration.md`, so each
 * is one line for operators.
 */
const Environment = z.object({
  CADRE_HOST: z.string().default('127.0.0.1').meta({ description: 'Address to listen on' }),
  CADRE_PORT: z.coerce.number().int().min(0).max(65_535).default(8080).meta({
    description: 'Port to listen on; 0 takes a free one',
  }),
  CADRE_DATA_DIR: z.string().min(1).default('.cadre').meta({
    description: 'Directory of the embedded database and the local blobs',
  }),
  CADRE_ROLES: z
    .string()
    .default(ROLES.join(','))
    .transform((text) => text.split(',').map((role) => role.trim()))
    .pipe(z.array(z.enum(ROLES)).min(1))
    .meta({
      description:
        'What this process does, of api, worker and scheduler; less than all needs CADRE_DATABASE_URL',
    }),
  CADRE_ADMIN_KEY: z.string().min(16).max(200).optional().meta({
    isSecret: true,
    description: 'Sets the administrator key instead of one made at the first start',
  }),
  CADRE_DATABASE_URL: address.meta({
    isSecret: true,
    description: 'PostgreSQL to use; without it the embedded database is',
  }),
  ...sealingSettings,
  CADRE_DATABASE_CONNECTIONS: count(10, 1_000).meta({
    description: 'Connections of this process to PostgreSQL at the most',
  }),
  CADRE_DATABASE_CONNECT_SECONDS: seconds(5).meta({ description: 'Wait for a connection' }),
  CADRE_DATABASE_STATEMENT_SECONDS: seconds(30).meta({
    description: 'Time of one statement at the most (PostgreSQL)',
  }),
  CADRE_VACUUM_SECONDS: seconds(30, 3_600).meta({
    description: 'Sweep the busy tables of the embedded database this often',
  }),
  CADRE_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('warn')
    .meta({ description: 'Least level that is logged' }),
  CADRE_LOCAL_KEY: z.stringbool().default(true).meta({
    description: 'Write a key for the command line on this machine into the data directory',
  }),
  CADRE_KEY_CACHE_SECONDS: seconds(5, 300).meta({
    description:
      'Trust a key for so long; one revoked by any process stops at once, unless word of it is lost',
  }),
  CADRE_SESSION_HOURS: z.coerce.number().positive().max(720).default(12).meta({
    description: 'Life of a dashboard session',
  }),
  // Who asks: see docs/identity.md.
  CADRE_PUBLIC_URL: publicUrl.meta({
    description:
      'Where people reach Cadre, such as https://cadre.example; links are made of it, and sign-in with an issuer needs it',
  }),
  CADRE_SESSION_IDLE_MINUTES: z.coerce.number().min(5).max(43_200).default(240).meta({
    description: 'A session that is not used for so long ends',
  }),
  CADRE_KEY_DAYS_MAX: z.coerce.number().positive().max(36_500).optional().meta({
    description: 'Keys that people make expire within this time; without it they may live for ever',
  }),
  CADRE_TOKEN_SECONDS: seconds(600, 3_600).meta({ description: 'Life of an access token' }),
  CADRE_REFRESH_DAYS: z.coerce.number().positive().max(365).default(30).meta({
    description: 'So long after a sign-in for tokens, refresh tokens of it are good',
  }),
  CADRE_SIGNING_KEY_DAYS: z.coerce.number().min(1).max(365).default(30).meta({
    description: 'Tokens are signed by another key this often',
  }),
  CADRE_RATE_PASSWORD_PER_SECOND: rate(0.1).meta({
    description: 'Wrong passwords per second, sustained, by address and by account',
  }),
  CADRE_RATE_PASSWORD_BURST: rate(20).meta({ description: 'Wrong passwords at once, likewise' }),
  ...oidcKeys,
  CADRE_HEADERS_SECONDS: seconds(10, 300).meta({
    description: "A request's headers must have arrived within this time",
  }),
  CADRE_REQUEST_SECONDS: seconds(120, 3_600).meta({
    description: 'A whole request, body included, must have arrived within this time',
  }),
  CADRE_BODY_BYTES_MAX: count(MEBIBYTE, 256 * MEBIBYTE).meta({
    description: 'Size of a JSON body at the most',
  }),
  CADRE_JSON_DEPTH_MAX: count(100, 1_000).meta({
    description: 'Nesting of a JSON body at the most',
  }),
  CADRE_JSON_VALUES_MAX: count(25_000, 10_000_000).meta({
    description: 'Members and elements of a JSON body at the most',
  }),
  CADRE_BINARY_BYTES_MAX: count(64 * MEBIBYTE, 1_024 * MEBIBYTE).meta({
    description: 'Size of an uploaded binary at the most',
  }),
  // Who may ask how often, and from where.
  CADRE_RATE_LIMITS: z.stringbool().default(true).meta({
    description: 'Limit how often each principal and tenant may ask; see SECURITY.md',
  }),
  CADRE_RATE_READ_PER_SECOND: rate(10_000).meta({
    description: 'Reading requests of a principal per second, sustained',
  }),
  CADRE_RATE_READ_BURST: rate(20_000).meta({
    description: 'Reading requests of a principal at once after a quiet time',
  }),
  CADRE_RATE_WRITE_PER_SECOND: rate(20_000).meta({
    description: 'Writing requests of a principal per second, sustained',
  }),
  CADRE_RATE_WRITE_BURST: rate(40_000).meta({ description: 'Writing requests of it at once' }),
  CADRE_RATE_WORK_PER_SECOND: rate(40_000).meta({
    description: "Agents' reports and cancellations of a principal per second, sustained",
  }),
  CADRE_RATE_WORK_BURST: rate(80_000).meta({
    description: "Agents' reports and cancellations of it at once",
  }),
  CADRE_RATE_STREAM_PER_SECOND: rate(100).meta({
    description: 'Streams that a principal opens per second, sustained',
  }),
  CADRE_RATE_STREAM_BURST: rate(2_000).meta({ description: 'Streams that it opens at once' }),
  CADRE_RATE_HOOK_PER_SECOND: rate(100).meta({
    description: 'Deliveries per second, sustained, to a webhook and from an address',
  }),
  CADRE_RATE_HOOK_BURST: rate(1_000).meta({ description: 'Deliveries at once, likewise' }),
  CADRE_RATE_TENANT_PER_SECOND: rate(100_000).meta({
    description: 'All requests of a tenant per second, sustained',
  }),
  CADRE_RATE_TENANT_BURST: rate(200_000).meta({ description: 'All requests of a tenant at once' }),
  CADRE_RATE_RESERVE_PERCENT: z.coerce.number().min(0).max(90).default(20).meta({
    description: "Part of a tenant's burst that only agents' reports and cancellations may use",
  }),
  CADRE_RATE_SIGN_IN_PER_SECOND: rate(5).meta({
    description: 'Failed attempts to identify per second, by address and by prefix of the key',
  }),
  CADRE_RATE_SIGN_IN_BURST: rate(100).meta({ description: 'Failed attempts to identify at once' }),
  CADRE_RATE_PROCESSES: count(1, 10_000).meta({
    description: 'Processes with the role api; without Redis each keeps its part of the limits',
  }),
  CADRE_TRUSTED_PROXY_HOPS: z.coerce.number().int().min(0).max(10).default(0).meta({
    description:
      'Proxies in front that add to X-Forwarded-For and set X-Forwarded-Proto; 0 believes neither',
  }),
  CADRE_CORS_ORIGINS: origins.meta({
    description:
      'Origins, separated by commas, whose pages may call the API with a key; none by default',
  }),
  CADRE_HEADERS_MAX: count(100, 1_000).meta({
    description: 'Headers of a request at the most; all of them together are 16 KiB at the most',
  }),
  CADRE_MAX_RETRIES: z.coerce.number().int().min(0).max(100).default(3).meta({
    description: 'Failures after which a task is quarantined, unless the task says otherwise',
  }),
  CADRE_BACKOFF_BASE_SECONDS: z.coerce.number().min(0).max(3_600).default(5).meta({
    description: 'First delay before a retry',
  }),
  CADRE_BACKOFF_CAP_SECONDS: z.coerce.number().min(0).max(86_400).default(300).meta({
    description: 'Longest delay before a retry',
  }),
  CADRE_BACKOFF_KIND: BackoffKind.default('exponential').meta({
    description: 'How the delay grows from retry to retry: exponential, linear or fixed',
  }),
  CADRE_BACKOFF_JITTER: BackoffJitter.default('equal').meta({
    description: 'What part of the delay is left to chance: equal (half of it), full or none',
  }),
  CADRE_NO_RETRY_ON: categories.meta({
    description:
      'Categories of failure, separated by commas, that are not retried either: `timeout`, say',
  }),
  CADRE_LEASE_SECONDS: seconds(60, 3_600).meta({
    description: 'A claim holds so long without a heartbeat',
  }),
  CADRE_OFFER_CLAIM_SECONDS: seconds(30, 3_600).meta({
    description: 'An offered task goes to another agent after this time',
  }),
  CADRE_WORKER_CONCURRENCY: count(64, 1_024).meta({
    description: 'WASM tasks that this process has claimed at the same time, running or about to',
  }),
  CADRE_SCHEDULER_WINDOW: count(500, 100_000).meta({
    description: 'Tasks per queue that are in the broker and not yet claimed, at the most',
  }),
  CADRE_SCHEDULER_BATCH: count(500, 10_000).meta({ description: 'Tasks admitted per round' }),
  CADRE_SCHEDULER_SWEEP_SECONDS: seconds(1, 60).meta({
    description: 'Look for due work even without a wake-up',
  }),
  CADRE_REDELIVER_SECONDS: seconds(300).meta({
    description: 'A message nobody claimed for so long is published again',
  }),
  CADRE_RECOVERY_SWEEP_SECONDS: seconds(1, 300).meta({ description: 'Look for lost leases' }),
  CADRE_AGENT_GONE_SECONDS: z.coerce.number().min(0).max(300).default(3).meta({
    description:
      "An agent's process whose stream ended and is not back after so long is gone, and others get its tasks; 0 waits for its leases",
  }),
  CADRE_RUN_STUCK_SECONDS: seconds(900, 2_592_000).meta({
    description:
      'A run of a workflow that has not moved for so long, though nobody and no clock is waited for, needs attention',
  }),
  CADRE_SCHEDULE_INTERVAL_SECONDS_MIN: seconds(10).meta({
    description: 'A schedule may not run more often than this',
  }),
  CADRE_SCHEDULE_MISSED_SECONDS: seconds(60).meta({
    description: 'A run of a schedule counts as missed when it is later than this',
  }),
  CADRE_SCHEDULE_SWEEP_SECONDS: seconds(30, 300).meta({
    description: 'Look for due schedules even without a wake-up, as after the machine slept',
  }),
  CADRE_SCHEDULE_BATCH: count(100, 1_000).meta({
    description: 'Schedules fired in one transaction at the most',
  }),
  CADRE_WORKFLOW_STEPS_MAX: count(10_000, 100_000).meta({
    description: 'Steps of a workflow at the most',
  }),
  CADRE_WORKFLOW_READ_SECONDS: seconds(20, 300).meta({
    description: 'Reading and checking the definition of a workflow may take so long',
  }),
  CADRE_RETENTION_TASK_DAYS: z.coerce.number().positive().max(36_500).default(30).meta({
    description: 'Finished tasks are kept for so long',
  }),
  CADRE_RETENTION_EVENT_DAYS: z.coerce.number().positive().max(36_500).default(7).meta({
    description: 'Events are kept for so long',
  }),
  CADRE_RETENTION_AUDIT_DAYS: z.coerce.number().positive().max(36_500).default(730).meta({
    description: 'Audit records are kept for so long',
  }),
  CADRE_RETENTION_SWEEP_MINUTES: z.coerce.number().positive().max(1_440).default(10).meta({
    description: 'Remove what is past its time this often',
  }),
  CADRE_EXECUTION_SECONDS: seconds(300).meta({ description: 'Wall time of one WASM execution' }),
  CADRE_EXECUTION_CPU_SECONDS: seconds(300).meta({
    description: 'Processor time of one WASM execution',
  }),
  CADRE_EXECUTION_MEMORY_BYTES: count(64 * MEBIBYTE, 4_096 * MEBIBYTE).meta({
    description: 'Memory of one WASM execution',
  }),
  CADRE_EXECUTION_OUTPUT_BYTES: count(MEBIBYTE, 64 * MEBIBYTE).meta({
    description: 'Output of one WASM execution, stdout and stderr together',
  }),
  CADRE_EXECUTIONS_MAX: count(4, 256).meta({
    description: 'WASM executions of this process at the same time, direct ones included',
  }),
  CADRE_EXECUTIONS_PER_THREAD: count(100, 100_000).meta({
    description:
      'Executions of one agent that share a thread, one after the other; 1 uses every thread once',
  }),
  CADRE_SHUTDOWN_SECONDS: seconds(20, 3_600).meta({
    description: 'Running work may finish for so long when the process is asked to stop',
  }),
  CADRE_STREAMS_MAX: count(1_000, 100_000).meta({
    description: 'Open event and agent streams of this process at the most',
  }),
  CADRE_STREAM_KEEP_ALIVE_SECONDS: seconds(15, 300).meta({
    description: 'A quiet stream shows this often that it lives',
  }),
  CADRE_DEMO_AGENTS: z.stringbool().default(true).meta({
    description: 'Publish the demonstration agents at the start on the embedded database',
  }),
  RABBITMQ_URL: z
    .url({ protocol: /^amqps?$/ })
    .optional()
    .meta({
      isSecret: true,
      description:
        'RabbitMQ to carry messages, with credentials and a vhost of its own: amqp: or amqps:; without it the database does',
    }),
  RABBITMQ_CA_FILE: z.string().optional().meta({
    description: "Certificate authority of RabbitMQ, a PEM file; without it the system's",
  }),
  RABBITMQ_TASKS_QUEUE: z.string().min(1).max(200).default('tasks.todo').meta({
    description: 'Queue for agents that consume from RabbitMQ themselves; always declared',
  }),
  RABBITMQ_QUEUE_TYPE: z.enum(['classic', 'quorum']).default('classic').meta({
    description:
      'Type of queues declared: classic ones keep the order of priorities, quorum ones are replicated and know two priorities at the most',
  }),
  RABBITMQ_DELAYED_EXCHANGE: z.string().min(1).max(200).optional().meta({
    description:
      'Exchange of type x-delayed-message, made beforehand, that keeps messages refused with a delay; without it their consumer does',
  }),
  RABBITMQ_HEARTBEAT_SECONDS: seconds(10, 600).meta({
    description: 'RabbitMQ counts as lost when it is silent for twice as long',
  }),
  RABBITMQ_CONFIRM_SECONDS: seconds(10, 300).meta({
    description: 'RabbitMQ must have confirmed what was published within this time',
  }),
  CADRE_BROKER: z.enum(['auto', 'postgres', 'rabbitmq', 'redis']).default('auto').meta({
    description:
      'What carries messages; auto takes RabbitMQ where RABBITMQ_URL names one, otherwise the database',
  }),
  CADRE_REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .meta({
      isSecret: true,
      description:
        'Redis for what processes share (cache, limits, signals), with credentials: redis: or rediss:; without it each has its own',
    }),
  CADRE_REDIS_PREFIX: z
    .string()
    .regex(/^[\w.-]+$/)
    .max(100)
    .default('cadre')
    .meta({ description: "Beginning of all of Cadre's keys in Redis" }),
  CADRE_S3_BUCKET: z.string().min(1).optional().meta({
    description:
      'Bucket for binaries, made beforehand; without it they are files in the data directory',
  }),
  CADRE_S3_ENDPOINT: address.meta({
    description: "Address of an S3-compatible store; without it Amazon's in the region",
  }),
  CADRE_S3_PUBLIC_ENDPOINT: address.meta({
    description:
      'Address of the same store as clients reach it: large downloads are sent there, at addresses that expire; without it they flow through Cadre',
  }),
  CADRE_S3_REGION: z
    .string()
    .min(1)
    .default('us-east-1')
    .meta({ description: 'Region of the bucket' }),
  CADRE_S3_ACCESS_KEY: z
    .string()
    .min(1)
    .optional()
    .meta({ isSecret: true, description: 'Access key of the store' }),
  CADRE_S3_SECRET_KEY: z
    .string()
    .min(1)
    .optional()
    .meta({ isSecret: true, description: 'Its secret' }),
  CADRE_S3_FORCE_PATH_STYLE: z.stringbool().default(true).meta({
    description: "Name the bucket in the path of the address; false names it in the host's name",
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: address.meta({
    description: 'OTLP/HTTP collector that gets the traces; none without it',
  }),
})

/** Keys that mean nothing without others. */
const REQUIRED = [
  {
    when: (given: Given) => ROLES.some((role) => !given.CADRE_ROLES.includes(role)),
    needs: 'CADRE_DATABASE_URL',
  },
  { when: (given: Given) => given.CADRE_BROKER === 'redis', needs: 'CADRE_REDIS_URL' },
  { when: (given: Given) => given.CADRE_BROKER === 'rabbitmq', needs: 'RABBITMQ_URL' },
  { when: (given: Given) => given.CADRE_S3_BUCKET !== undefined, needs: 'CADRE_S3_ACCESS_KEY' },
  { when: (given: Given) => given.CADRE_S3_BUCKET !== undefined, needs: 'CADRE_S3_SECRET_KEY' },
  { when: (given: Given) => given.CADRE_S3_ENDPOINT !== undefined, needs: 'CADRE_S3_BUCKET' },
  {
    when: (given: Given) => given.CADRE_S3_PUBLIC_ENDPOINT !== undefined,
    needs: 'CADRE_S3_BUCKET',
  },
  ...['CADRE_OIDC_CLIENT_ID' as const, 'CADRE_PUBLIC_URL' as const].map((needs) => ({
    when: (given: Given) => given.CADRE_OIDC_ISSUER !== undefined,
    needs,
  })),
] as const

type Given = z.output<typeof Environment>

const Consistent = Environment.superRefine((given, context) => {
  for (const { when, needs } of REQUIRED)
    if (when(given) && given[needs] === undefined)
      context.addIssue({ code: 'custom', path: [needs], message: 'is needed with the others' })
})

export type Config = Readonly<z.output<typeof Environment>>

/** What the documentation says of each key. */
export const configurationKeys = () => {
  const defaults = Environment.parse({}) as Readonly<Record<string, unknown>>
  return Object.entries(Environment.shape).map(([name, schema]) => ({
    name,
    fallback: defaults[name],
    description: schema.meta()?.description ?? '',
    isSecret: schema.meta()?.['isSecret'] === true,
  }))
}

/** What may also stand in a file that `NAME_FILE` names. */
const SECRET_KEYS = configurationKeys()
  .filter(({ isSecret }) => isSecret)
  .map(({ name }) => name)

/**
 * Reads the environment once. An empty value counts as not set.
 * @throws Error whose message names every key at fault and says the mend
 */
export const readConfig = (environment: NodeJS.ProcessEnv = process.env): Config => {
  const given = withSecretFiles(
    Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== '')),
    SECRET_KEYS,
  )
  const unknown = Object.keys(given).filter((key) => key.startsWith('CADRE_') && !isKnown(key))
  if (unknown.length > 0)
    throw new Error(`There is no setting ${unknown.join(', ')}. See docs/configuration.md.`)
  const result = Consistent.safeParse(given)
  if (result.success) return Object.freeze(result.data)
  const faults = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`The configuration is invalid. Correct these settings:\n${faults.join('\n')}`)
}

/** Read by the command line, the tests and the benches, not by the server. */
const FOREIGN_KEYS = /^CADRE_(URL|KEY|AMQP_URL|TEST_.+|BENCH_.+)$/

const isKnown = (key: string) => key in Environment.shape || FOREIGN_KEYS.test(key)
