import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

const SECONDS_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300,
]

/** The figures of one process, in the Prometheus text format. No figure scans history. */
export type Metrics = ReturnType<typeof createMetrics>

export const createMetrics = () => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    tasksCreated: new Counter({
      name: 'cadre_tasks_created_total',
      help: 'Tasks created',
      labelNames: ['kind'],
      registers,
    }),
    attemptsStarted: new Counter({
      name: 'cadre_attempts_started_total',
      help: 'Claims granted',
      labelNames: ['runtime'],
      registers,
    }),
    attemptsFinished: new Counter({
      name: 'cadre_attempts_finished_total',
      help: 'Attempts finished, by outcome',
      labelNames: ['outcome', 'category'],
      registers,
    }),
    tasksQuarantined: new Counter({
      name: 'cadre_tasks_quarantined_total',
      help: 'Tasks that need a person',
      labelNames: ['category'],
      registers,
    }),
    scheduleRuns: new Counter({
      name: 'cadre_schedule_runs_total',
      help: 'Runs of schedules, by what became of them',
      labelNames: ['outcome'],
      registers,
    }),
    runsStarted: new Counter({
      name: 'cadre_runs_started_total',
      help: 'Runs of workflows begun',
      registers,
    }),
    runsFinished: new Counter({
      name: 'cadre_runs_finished_total',
      help: 'Runs of workflows finished, by status',
      labelNames: ['status'],
      registers,
    }),
    runSeconds: new Histogram({
      name: 'cadre_run_seconds',
      help: 'From the start of a run to its end',
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    stuckRuns: new Gauge({
      name: 'cadre_runs_stuck',
      help: 'Runs that do not move, though nobody and no clock is waited for',
      registers,
    }),
    quarantinedTasks: new Gauge({
      name: 'cadre_quarantined_tasks',
      help: 'Tasks in quarantine now',
      registers,
    }),
    quarantineGroups: new Gauge({
      name: 'cadre_quarantine_groups',
      help: 'Groups of failures that have tasks in quarantine now',
      registers,
    }),
    leasesLost: new Counter({
      name: 'cadre_leases_lost_total',
      help: 'Leases that ran out before a report, or whose holder was gone',
      registers,
    }),
    waitSeconds: new Histogram({
      name: 'cadre_task_wait_seconds',
      help: 'From due to claimed',
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    attemptSeconds: new Histogram({
      name: 'cadre_attempt_duration_seconds',
      help: 'From claimed to finished',
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    executionSeconds: new Histogram({
      name: 'cadre_execution_duration_seconds',
      help: 'WASM executions, by outcome',
      labelNames: ['outcome'],
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    queueDepth: new Gauge({
      name: 'cadre_queue_depth',
      help: 'Tasks waiting, by queue and state',
      labelNames: ['queue', 'state'],
      registers,
    }),
    queueOldestSeconds: new Gauge({
      name: 'cadre_queue_oldest_due_seconds',
      help: 'Age of the oldest due task',
      labelNames: ['queue'],
      registers,
    }),
    queueInFlight: new Gauge({
      name: 'cadre_queue_in_flight',
      help: 'Tasks in progress, by queue',
      labelNames: ['queue'],
      registers,
    }),
    queueStarts: new Counter({
      name: 'cadre_queue_starts_total',
      help: 'Claims granted, by queue',
      labelNames: ['queue'],
      registers,
    }),
    tasksAdmitted: new Counter({
      name: 'cadre_tasks_admitted_total',
      help: 'Tasks handed to the broker, by queue',
      labelNames: ['queue'],
      registers,
    }),
    admissionSeconds: new Histogram({
      name: 'cadre_admission_seconds',
      help: 'From due to handed to the broker',
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    limitRefusals: new Counter({
      name: 'cadre_limit_refusals_total',
      help: 'Claims that a limit refused, by queue and limit',
      labelNames: ['queue', 'limit'],
      registers,
    }),
    rateRefusals: new Counter({
      name: 'cadre_rate_refusals_total',
      help: 'Requests that a rate limit refused, by class of route and whose limit it was',
      labelNames: ['class', 'scope'],
      registers,
    }),
    circuitState: new Gauge({
      name: 'cadre_circuit_state',
      help: '1 for the state a circuit is in: closed, open or half-open',
      labelNames: ['circuit', 'state'],
      registers,
    }),
    stalledQueues: new Gauge({
      name: 'cadre_broker_stalled_queues',
      help: 'Queues that this process subscribed to and does not consume',
      registers,
    }),
    httpSeconds: new Histogram({
      name: 'cadre_http_request_duration_seconds',
      help: 'HTTP requests by route and status',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    contentType: registry.contentType,
    /** The exposition. */
    render: () => registry.metrics(),
  }
}
