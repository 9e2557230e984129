import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `npm run dev` finds the API: a Cadre that listens on its default port. */
const API_ADDRESS = 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // Nothing is inlined as `data:`, so that `default-src 'self'` holds for fonts and images too.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Few files instead of one per module that two pages share: libraries, what pages have in
    // common, and each page. What only graphs need comes with the first graph.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'graph', test: /node_modules[\\/](@xyflow|@dagrejs|d3-|zustand)/, priority: 3 },
            { name: 'libraries', test: /node_modules/, priority: 2 },
            { name: 'common', test: /dashboard[\\/]src/, minShareCount: 2, priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': API_ADDRESS } },
})
