export { installRoutes } from './install-handlers.ts'
export { createInstallService, type InstallService } from './install-service.ts'
export { forgetInstalled, guardInstalledName } from './installed-names.ts'
