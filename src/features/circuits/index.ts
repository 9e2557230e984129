export { type Circuit } from './circuit.ts'
export { circuitRoutes } from './circuit-routes.ts'
export { createCircuitService } from './circuit-service.ts'
