// One peer in a process of its own: worker.mjs PROGRAM ADDRESS PACKAGES SHAPE. It starts runs as its
// parent says, counts the steps that begin, and tells how long that took.

const [, , program, address, packages, shape] = process.argv
const { chainSteps, width } = JSON.parse(shape)
let steps = 0
let lastStepMs = 0
let awaited = null
const onStep = () => {
  steps += 1
  lastStepMs = performance.now()
  if (steps === awaited?.steps) awaited.resolve()
}
const { serve } = await import(`./programs/${program}.mjs`)
const { start, stop } = await serve({
  address: JSON.parse(address),
  packages,
  onStep,
  chainSteps,
  width,
})

/** Starts runs, some at once, and waits for the last step of them all. */
const measure = async ({ kind, runs, producers }) => {
  const { promise, resolve } = Promise.withResolvers()
  const wanted = runs * (kind === 'chain' ? chainSteps : width + 2)
  steps = 0
  awaited = { steps: wanted, resolve }
  const beginMs = performance.now()
  let started = 0
  await Promise.all(
    Array.from({ length: producers }, async () => {
      while (started++ < runs) await start(kind)
    }),
  )
  await promise
  return { steps: wanted, ms: lastStepMs - beginMs }
}

/** One run after the other: nothing but the run itself takes time. */
const alone = async (runs) => {
  let ms = 0
  for (let run = 0; run < runs; run++)
    ms += (await measure({ kind: 'chain', runs: 1, producers: 1 })).ms
  return { steps: runs * chainSteps, ms }
}

process.on('message', async (order) => {
  if (order === 'stop') {
    await stop()
    return process.disconnect()
  }
  process.send(order.kind === 'alone' ? await alone(order.runs) : await measure(order))
})
process.send('ready')
