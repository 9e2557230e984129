import type { ExecutionOutcome, FailureCategory } from '@cadre/contract'
import type { AgentRecord, AgentService } from '#features/agents/index.ts'
import { notSandboxed } from '#features/agents/index.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import type { Tracing } from '#platform/telemetry/tracing.ts'
import { fingerprintOf } from './failure-fingerprint.ts'
import type { Execution, ExecutionLimits, Executor } from './executor.ts'
import { storable } from './task-rows.ts'
import type { ExecutionRecord, TaskRecord } from './task.ts'

export interface WasmRunOptions {
  executor: Executor
  agents: AgentService
  tracing: Tracing
  metrics: Metrics
  limits: ExecutionLimits
}

/** What one run of a WASM agent came to. */
export interface WasmRun {
  execution: ExecutionRecord
  /** The program's output as the task's result: parsed where it is JSON, text otherwise. */
  result: unknown
  failure: { category: FailureCategory; error: string; fingerprint: string } | null
}

/** Runs a task's WASM agent once; the queued and the direct path share it. */
export type RunWasm = (
  task: TaskRecord,
  agent: AgentRecord,
  signal: AbortSignal,
) => Promise<WasmRun>

export const createWasmRun =
  ({ executor, agents, tracing, metrics, limits }: WasmRunOptions): RunWasm =>
  (task, agent, signal) =>
    tracing.span(
      'task.execute',
      {
        parent: task.traceparent,
        attributes: {
          'cadre.task.id': task.id,
          'cadre.attempt': task.attempt,
          'gen_ai.agent.id': agent.id,
          'gen_ai.agent.name': agent.name,
        },
      },
      async (span) => {
        const { binary } = agent
        if (binary === null) throw notSandboxed()
        await agents.verify(agent)
        const execution = await executor.execute({
          digest: binary.sha256,
          owner: `${agent.tenantId}/${agent.id}`,
          loadModule: () => agents.readBinary(binary),
          stdin: stdinOf(task.input),
          args: [],
          env: {},
          limits: {
            ...limits,
            timeoutMs: Math.min(task.executionTimeoutMs ?? Infinity, limits.timeoutMs),
          },
          signal,
        })
        span.setAttribute('cadre.execution.outcome', execution.outcome)
        metrics.executionSeconds.observe(
          { outcome: execution.outcome },
          execution.durationMs / 1_000,
        )
        return runOf(execution)
      },
    )

/** A text input reaches the program as it is; any other value as JSON. */
const stdinOf = (input: unknown): Uint8Array =>
  new TextEncoder().encode(
    input === null || input === undefined
      ? ''
      : typeof input === 'string'
        ? input
        : JSON.stringify(input),
  )

const runOf = (execution: Execution): WasmRun => {
  const failure = failureOf(execution)
  return {
    execution: {
      outcome: execution.outcome,
      exitCode: execution.exitCode,
      durationMs: execution.durationMs,
      stdout: kept(execution, execution.stdout),
      stderr: kept(execution, execution.stderr),
    },
    result: failure === null ? parsed(execution.stdout) : null,
    failure: failure && { ...failure, fingerprint: fingerprintOf(failure.category, failure.error) },
  }
}

const FLOOD_LENGTH_KEPT = 65_536

/** A flood is known by its beginning; storing all of it would only hold others up. */
const kept = (execution: Execution, text: string): string =>
  execution.outcome === 'output_limit' ? text.slice(0, FLOOD_LENGTH_KEPT).toWellFormed() : text

const parsed = (stdout: string): unknown => {
  try {
    return JSON.parse(stdout)
  } catch {
    return stdout
  }
}

const CATEGORIES: Readonly<Record<ExecutionOutcome, FailureCategory>> = {
  exit: 'retriable',
  trap: 'retriable',
  timeout: 'timeout',
  out_of_memory: 'sandbox_violation',
  output_limit: 'sandbox_violation',
  invalid_module: 'permanent',
  cancelled: 'retriable',
  runner_lost: 'retriable',
}

const STDERR_TAIL_LENGTH = 2_000

const failureOf = (execution: Execution) => {
  if (execution.outcome === 'exit' && execution.exitCode === 0) return null
  const said = storable(execution.stderr.trim().slice(-STDERR_TAIL_LENGTH)) ?? ''
  const error =
    execution.outcome === 'exit'
      ? `The program ended with exit code ${execution.exitCode}${said ? `: ${said}` : '.'}`
      : (execution.error ?? `The program ended by ${execution.outcome}.`)
  return { category: CATEGORIES[execution.outcome], error }
}
