import { open } from 'node:fs/promises'

const WASM_MAGIC = Buffer.from([0x00, 0x61, 0x73, 0x6d])
const MODULE_VERSION = Buffer.from([0x01, 0x00, 0x00, 0x00])

/** Why a file is plainly no module, as said behind its name; what is less plain Cadre says. */
export const moduleFault = async (path: string): Promise<string | null> => {
  await using handle = await open(path)
  const { buffer } = await handle.read(Buffer.alloc(8), 0, 8, 0)
  if (!buffer.subarray(0, 4).equals(WASM_MAGIC))
    return 'is no WebAssembly file. Compile the agent to a .wasm module first'
  if (!buffer.subarray(4).equals(MODULE_VERSION))
    return 'is a WebAssembly component or of an unknown version. Compile it as a core module for WASI preview 1'
  return null
}
