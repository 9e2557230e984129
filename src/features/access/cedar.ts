/** The policy language, as WebAssembly. */
export type Cedar = typeof import('@cedar-policy/cedar-wasm/nodejs')

/** Loaded when a tenant first has a policy: it takes some 80 ms and 40 MB. */
export const loadCedar = (): Promise<Cedar> => import('@cedar-policy/cedar-wasm/nodejs')
