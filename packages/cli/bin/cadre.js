#!/usr/bin/env node
// Starts on any Node from 18 on, and goes on with one that runs the TypeScript sources. Where the
// running Node is too old, that is the one which the npm package `node` has installed here.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR_MIN = 24

if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) await start()
else relaunch(installedNode())

async function start() {
  const { enableCompileCache } = await import('node:module')
  // Inside the installation: nobody else can write there, as they could in the system's /tmp.
  enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/cadre', import.meta.url)))
  const { main } = await import('../src/main.ts')
  await main(process.argv.slice(2))
}

function installedNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'))
    const name = process.platform === 'win32' ? 'node.exe' : 'node'
    const path = join(folder, 'bin', name)
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}

function relaunch(node) {
  if (node === undefined) {
    console.error(
      `cadre needs Node ${NODE_MAJOR_MIN} or newer, and this is Node ${process.versions.node}.\n` +
        'Run `npm ci` in the folder of Cadre, which brings one along, or install a newer Node.',
    )
    process.exitCode = 1
    return
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('error', (error) => {
    console.error(`cadre cannot start ${node}: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0)
  })
}
