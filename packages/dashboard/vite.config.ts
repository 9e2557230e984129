import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `npm run dev` finds the API: a Cadre that listens on its default port. */
const API_ADDRESS = 'http://127.0.0.1:8080'

const MARKDOWN =
  /node_modules[\\/](mdast-|micromark|unist-|decode-named-character|character-entities|devlop|ccount|escape-string-regexp|markdown-table|longest-streak|zwitch)/
const MARKETPLACE = /dashboard[\\/]src[\\/]marketplace/
/** The marketplace has a room of its own, but what its addresses say is read by the router. */
const COMMON = /dashboard[\\/]src[\\/](?!marketplace[\\/](?!market-search))/

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // Nothing is inlined as `data:`, so that `default-src 'self'` holds for fonts and images too.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Few files instead of one per module that two pages share: libraries, what pages have in
    // common, and each page. What only graphs or Markdown need comes with the first of them.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'graph', test: /node_modules[\\/](@xyflow|@dagrejs|d3-|zustand)/, priority: 3 },
            { name: 'markdown', test: MARKDOWN, priority: 3 },
            { name: 'libraries', test: /node_modules/, priority: 2 },
            { name: 'common', test: COMMON, minShareCount: 2, priority: 1 },
            { name: 'marketplace', test: MARKETPLACE, minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': API_ADDRESS } },
})
