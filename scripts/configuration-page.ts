import { configurationKeys } from '../src/config.ts'

/** The page that tells operators of every setting. A test holds the committed page to it. */
export const configurationPage = (): string =>
  [
    '# Configuration',
    '',
    'Every setting is an environment variable. An empty value counts as not set; Cadre refuses to',
    'start on a value that makes no sense, and on a `CADRE_` name that it does not know.',
    'A key marked with * holds a secret: `KEY_FILE` may name a file that holds it instead.',
    'This page is written by `npm run docs:configuration` from `src/config.ts`.',
    '',
    '| Key | Default | What it does |',
    '| --- | --- | --- |',
    ...configurationKeys().map(
      ({ name, fallback, description, isSecret }) =>
        `| \`${name}\`${isSecret ? '*' : ''} | ${fallback === undefined || String(fallback) === '' ? '—' : `\`${String(fallback)}\``} | ${description} |`,
    ),
    '',
    'The command line also reads `CADRE_URL` and `CADRE_KEY`; the tests read `CADRE_TEST_*`.',
    '',
  ].join('\n')
