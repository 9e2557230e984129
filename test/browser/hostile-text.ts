import type { Page } from 'playwright-core'

// Each would call `attack`, load something or put an element in, wherever it were taken for more
// than text. Elements carry `data-attack`, so that one is found even where it comes to nothing.
const ATTACKS = [
  `<script data-attack>attack()</script>`,
  `"'><img data-attack src=x onerror=attack()>`,
  `</title></textarea></style><svg data-attack onload=attack()>`,
  `<style data-attack>*{display:none!important}</style>`,
  `;}*{background:url(//a.invalid/a)}`,
  `<iframe data-attack srcdoc="<script>parent.attack()</script>"></iframe>`,
  `<a data-attack href="javascript:attack()">a</a>`,
  `[a](javascript:attack()) ![a](//a.invalid/b)`,
  `'-attack()-' {{constructor.constructor('attack()')()}}`,
]

/** Text for a place that holds 500 characters, known by its name. */
export const hostileText = (name: string): string => `${name}: ${ATTACKS.join(' ')}`

/** The same for the 64 characters of a name: breaks out of texts, attributes and styles alike. */
export const hostileLine = (name: string): string =>
  `${name} "'></style><svg data-attack onload=attack()>`

declare global {
  interface Window {
    attacks: string[]
    attack: () => void
  }
}

/** From now on, what runs in any document of the page is noted, and what was kept from running. */
export const noteAttacks = async (page: Page): Promise<void> => {
  page.on('dialog', (dialog) => void dialog.dismiss())
  await page.addInitScript(() => {
    window.attacks = []
    window.attack = () => window.attacks.push('ran')
    window.alert = window.attack
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      window.attacks.push(`${violatedDirective} kept out ${blockedURI}`),
    )
  })
}

/** What came of hostile texts in the document that is open; nothing, as it should be. */
export const attacksOn = (page: Page): Promise<string[]> =>
  page.evaluate(() => [
    ...window.attacks,
    ...Array.from(
      document.querySelectorAll('[data-attack], [href^="javascript:" i], [style*="url("]'),
      ({ outerHTML }) => outerHTML,
    ),
  ])

/** Which of these hostile texts the document does not say as they are, or as JSON writes them. */
export const missingOn = async (page: Page, names: readonly string[]): Promise<string[]> => {
  const said = await page.evaluate(everyText)
  const says = (text: string) =>
    said.includes(text) || said.includes(JSON.stringify(text).slice(1, -1))
  return names.filter((name) => !says(hostileText(name)) && !says(hostileLine(name)))
}

/** Runs in the page: also what stands in fields, in folded parts and for screen readers. */
const everyText = (): string => {
  for (const folded of document.querySelectorAll('details')) folded.open = true
  const spoken = Array.from(
    document.querySelectorAll<HTMLElement>('[aria-label], [title], input, textarea'),
    (element) =>
      element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement
        ? element.value
        : `${element.ariaLabel} ${element.title}`,
  )
  return [document.title, document.body.textContent, ...spoken].join('\n')
}
