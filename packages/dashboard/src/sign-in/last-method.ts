export type Method = 'password' | 'key'

const STORAGE_KEY = 'cadre.sign-in-method'

/** How this browser signed in last. At first a key: the administrator has nothing else. */
export const lastMethod = (): Method => {
  try {
    return localStorage.getItem(STORAGE_KEY) === 'password' ? 'password' : 'key'
  } catch {
    return 'key'
  }
}

export const rememberMethod = (method: Method) => {
  try {
    localStorage.setItem(STORAGE_KEY, method)
  } catch {
    // Storage is blocked: the choice holds until the page is left.
  }
}
