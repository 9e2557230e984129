import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  useRouterState,
} from '@tanstack/react-router'
import { readAccessSearch } from './access/access-search.ts'
import { readAuditSearch } from './audit/audit-search.ts'
import {
  readItemSearch,
  readMarketSearch,
  readPublicationSearch,
  readPublishSearch,
} from './marketplace/market-search.ts'
import { readMembersSearch } from './members/members-search.ts'
import { readPerformanceChoice } from './performance/performance-choice.ts'
import { readQuarantineSearch } from './quarantine/quarantine-search.ts'
import { readRunPageSearch, readRunSearch } from './runs/run-search.ts'
import { AppShell } from './shell/app-shell.tsx'
import { CrashPage } from './shell/crash-page.tsx'
import { NotFoundPage } from './shell/not-found-page.tsx'
import { SessionGate } from './sign-in/session-gate.tsx'
import { readSignInSearch } from './sign-in/sign-in-search.ts'
import { readTaskSearch } from './tasks/task-search.ts'
import { Toaster } from './ui/toast.tsx'
import { readWorkflowSearch } from './workflows/workflow-search.ts'

/** Pages for those who cannot sign in yet. */
const OPEN_PATHS = ['/sign-in', '/invitation', '/password-reset']

const Root = () => {
  const isOpen = useRouterState({
    select: ({ location }) => OPEN_PATHS.includes(location.pathname),
  })
  return (
    <>
      {isOpen ? (
        <Outlet />
      ) : (
        <SessionGate>
          <AppShell>
            <Outlet />
          </AppShell>
        </SessionGate>
      )}
      <Toaster />
    </>
  )
}

const rootRoute = createRootRoute({ component: Root, notFoundComponent: NotFoundPage })

export const tasksRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: readTaskSearch,
  component: lazyRouteComponent(() => import('./tasks/tasks-page.tsx'), 'TasksPage'),
})

export const taskRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/tasks/$taskId',
  component: lazyRouteComponent(() => import('./tasks/task-page.tsx'), 'TaskPage'),
})

const workflowsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/workflows',
  validateSearch: (search: Record<string, unknown>): { q?: string } =>
    typeof search['q'] === 'string' && search['q'] !== '' ? { q: search['q'] } : {},
  component: lazyRouteComponent(() => import('./workflows/workflows-page.tsx'), 'WorkflowsPage'),
})

const workflowRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/workflows/$workflow',
  validateSearch: readWorkflowSearch,
  component: lazyRouteComponent(() => import('./workflows/workflow-page.tsx'), 'WorkflowPage'),
})

const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/runs',
  validateSearch: readRunSearch,
  component: lazyRouteComponent(() => import('./runs/runs-page.tsx'), 'RunsPage'),
})

const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/runs/$runId',
  validateSearch: readRunPageSearch,
  component: lazyRouteComponent(() => import('./runs/run-page.tsx'), 'RunPage'),
})

const approvalsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/approvals',
  component: lazyRouteComponent(() => import('./runs/approvals-page.tsx'), 'ApprovalsPage'),
})

export const agentsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/agents',
  validateSearch: (search: Record<string, unknown>): { q?: string } =>
    typeof search['q'] === 'string' && search['q'] !== '' ? { q: search['q'] } : {},
  component: lazyRouteComponent(() => import('./agents/agents-page.tsx'), 'AgentsPage'),
})

export const agentRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/agents/$agentId',
  component: lazyRouteComponent(() => import('./agents/agent-page.tsx'), 'AgentPage'),
})

const marketRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/marketplace',
  validateSearch: readMarketSearch,
  component: lazyRouteComponent(() => import('./marketplace/market-page.tsx'), 'MarketPage'),
})

const marketItemRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/marketplace/$name',
  validateSearch: readItemSearch,
  component: lazyRouteComponent(() => import('./marketplace/item-page.tsx'), 'ItemPage'),
})

// Names that no item has.
const publishRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/marketplace/publish',
  validateSearch: readPublishSearch,
  component: lazyRouteComponent(() => import('./marketplace/publish-page.tsx'), 'PublishPage'),
})

const publicationsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/marketplace/publications',
  validateSearch: readPublicationSearch,
  component: lazyRouteComponent(
    () => import('./marketplace/publications-page.tsx'),
    'PublicationsPage',
  ),
})

const installsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/marketplace/installs',
  component: lazyRouteComponent(() => import('./marketplace/installs-page.tsx'), 'InstallsPage'),
})

const reviewsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/marketplace/reviews',
  component: lazyRouteComponent(() => import('./marketplace/reviews-page.tsx'), 'ReviewsPage'),
})

export const quarantineRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/quarantine',
  validateSearch: readQuarantineSearch,
  component: lazyRouteComponent(() => import('./quarantine/quarantine-page.tsx'), 'QuarantinePage'),
})

const queuesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/queues',
  component: lazyRouteComponent(() => import('./queues/queues-page.tsx'), 'QueuesPage'),
})

const schedulesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/schedules',
  component: lazyRouteComponent(() => import('./schedules/schedules-page.tsx'), 'SchedulesPage'),
})

// Not `/health`: there the server answers probes.
const healthRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/status',
  component: lazyRouteComponent(() => import('./health/health-page.tsx'), 'HealthPage'),
})

const performanceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/workflows/$workflow/performance',
  validateSearch: readPerformanceChoice,
  component: lazyRouteComponent(
    () => import('./performance/performance-page.tsx'),
    'PerformancePage',
  ),
})

const referenceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/reference',
  validateSearch: (search: Record<string, unknown>): { op?: string } =>
    typeof search['op'] === 'string' ? { op: search['op'] } : {},
  component: lazyRouteComponent(() => import('./reference/reference-page.tsx'), 'ReferencePage'),
})

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: readSignInSearch,
  component: lazyRouteComponent(() => import('./sign-in/failed-sign-in.tsx'), 'FailedSignIn'),
})

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invitation',
  component: lazyRouteComponent(() => import('./sign-in/invitation-page.tsx'), 'InvitationPage'),
})

const passwordResetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/password-reset',
  component: lazyRouteComponent(
    () => import('./sign-in/password-reset-page.tsx'),
    'PasswordResetPage',
  ),
})

const accountRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/account',
  component: lazyRouteComponent(() => import('./account/account-page.tsx'), 'AccountPage'),
})

const membersRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/members',
  validateSearch: readMembersSearch,
  component: lazyRouteComponent(() => import('./members/members-page.tsx'), 'MembersPage'),
})

const accessRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access',
  validateSearch: readAccessSearch,
  component: lazyRouteComponent(() => import('./access/access-page.tsx'), 'AccessPage'),
})

const auditRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('./audit/audit-page.tsx'), 'AuditPage'),
})

const tenantsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/tenants',
  component: lazyRouteComponent(() => import('./tenants/tenants-page.tsx'), 'TenantsPage'),
})

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    tasksRoute,
    taskRoute,
    workflowsRoute,
    workflowRoute,
    runsRoute,
    runRoute,
    approvalsRoute,
    agentsRoute,
    agentRoute,
    marketRoute,
    marketItemRoute,
    publishRoute,
    publicationsRoute,
    installsRoute,
    reviewsRoute,
    schedulesRoute,
    queuesRoute,
    quarantineRoute,
    healthRoute,
    performanceRoute,
    referenceRoute,
    signInRoute,
    invitationRoute,
    passwordResetRoute,
    accountRoute,
    membersRoute,
    accessRoute,
    auditRoute,
    tenantsRoute,
  ]),
  defaultPreload: 'intent',
  defaultErrorComponent: CrashPage,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
