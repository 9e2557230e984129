interface Exemption {
  reason: string
  /** Requests that may; left out: all. */
  routes?: RegExp
  /** The functions that issue the statements. */
  places: readonly string[]
}

/**
 * What a request may issue as the platform rather than as its tenant. Everything else that a
 * request issues, row-level security stands behind.
 */
const AS_PLATFORM: readonly Exemption[] = [
  {
    reason: 'nobody is identified yet, or only just',
    places: ['identity/identity-store.ts Module.findByKeyHash'],
  },
  {
    reason: 'the use of credentials is noted for many at once',
    places: ['identity/identity-store.ts noteUse'],
  },
  {
    reason: 'users are of no tenant, and change together with those who they are in tenants',
    routes: /\/(?:members|invitations|service-accounts|password|keys|sessions)(?:\/|$)/,
    places: [
      'identity/identity-store.ts insertKey',
      'identity/identity-store.ts insertPrincipal',
      'identity/identity-store.ts tellPrincipalsChanged',
      'identity/invitation-store.ts Module.insertInvitation',
      'identity/invitation-store.ts Module.revokeInvitation',
      'identity/invitation-store.ts listInvitations',
      'identity/invitation-store.ts revokeInvitationsBy',
      'identity/key-store.ts Module.findKey',
      'identity/key-store.ts Module.listKeys',
      'identity/key-store.ts Module.revokeKey',
      'identity/member-store.ts Module.deletePrincipal',
      'identity/member-store.ts Module.findMember',
      'identity/member-store.ts Module.lockMembers',
      'identity/member-store.ts findMember',
      'identity/member-store.ts listMembers',
      'identity/session-store.ts Module.deleteOwnSession',
      'identity/session-store.ts Module.deleteSessionsOf',
      'identity/session-store.ts Module.listSessions',
      'identity/user-store.ts Module.findUserOf',
      'identity/user-store.ts Module.putPasswordReset',
      'identity/user-store.ts deleteUserWithoutMembers',
      'identity/user-store.ts findUserByEmail',
      'identity/user-store.ts insertUser',
      'audit/audit-store.ts lockHead',
      'audit/audit-store.ts appendRecord',
    ],
  },
  {
    reason: 'sessions are found by their token alone, and so are whose they are',
    routes: /\/session$/,
    places: [
      'identity/session-store.ts Module.insertSession',
      'identity/session-store.ts Module.deleteByToken',
      'audit/audit-store.ts lockHead',
      'audit/audit-store.ts appendRecord',
    ],
  },
  {
    reason: 'the token in the address is what tells the tenant',
    routes: /\/hooks\//,
    places: ['webhooks/webhook-store.ts findByToken'],
  },
  {
    reason: 'requests of many tenants share the statement; each of its rows names its tenant',
    places: [
      'tasks/task-insert-store.ts insertTasks',
      'tasks/task-insert-store.ts insertDirectTasks',
      'tasks/task-store.ts claimDue',
      'tasks/task-store.ts completeHeld',
      'tasks/task-store.ts extendLeases',
      'tasks/run-task-store.ts runsOfTasks',
      'tasks/failure-store.ts lockInProgress',
      'tasks/failure-store.ts writeFailures',
      'agents/agent-store.ts Module.setLastErrors',
      'outbox/outbox-store.ts findAdmitted',
      'outbox/start-count-store.ts addStarts',
      'outbox/start-count-store.ts removeStartsBefore',
    ],
  },
  {
    reason: 'limits of queues count the tasks of all tenants',
    places: [
      'outbox/queue-store.ts findWaiting',
      'tasks/governed-claim-store.ts isAnyGoverned',
      'tasks/governed-claim-store.ts lockGovernors',
      'tasks/governed-claim-store.ts findGoverned',
      'tasks/governed-claim-store.ts findAgentRooms',
      'tasks/governed-claim-store.ts writeRate',
      'tasks/governed-claim-store.ts putBack',
    ],
  },
  {
    reason: 'a change of limits keeps the one scheduler of all tenants waiting',
    routes: /(?:PATCH|POST) \/api\/v1\/queues\/|PATCH \/api\/v1\/agents\//,
    places: [
      'db/leader-store.ts pauseLead',
      'outbox/queue-store.ts lockSettings',
      'outbox/queue-store.ts writeSettings',
      'outbox/queue-store.ts limitAgent',
      'agents/agent-store.ts Module.setConcurrencyMax',
      'events/event-store.ts appendEvents',
      'audit/audit-store.ts lockHead',
      'audit/audit-store.ts appendRecord',
    ],
  },
  {
    reason: 'runs move together in these statements, of whichever tenant they are',
    places: [
      'runs/run-store.ts insertRuns',
      'runs/run-store.ts findOrigins',
      'runs/run-store.ts lockRuns',
      'runs/run-store.ts writeMoved',
      'runs/run-store.ts writeOutputs',
      'runs/run-store.ts closeRuns',
      'runs/run-store.ts insertRunEvents',
      'runs/run-store.ts insertMessages',
      'runs/run-signal-store.ts findEarlySignals',
      'runs/run-signal-store.ts findWaitingFor',
      'runs/run-signal-store.ts insertSignal',
      'runs/run-signal-store.ts takeSignals',
      'runs/run-timer-store.ts notifyTimers',
      'runs/run-rerun-store.ts copySteps',
      'runs/step-store.ts writeSteps',
      'runs/step-store.ts endSteps',
      'runs/step-store.ts endTaskSteps',
      'runs/step-end-store.ts cancelOpenSteps',
      'runs/step-end-store.ts dropNeedlessCompensations',
      'runs/step-end-store.ts findDueCompensations',
      'runs/step-end-store.ts findUndoable',
      'runs/step-counts-store.ts findReady',
      'runs/step-counts-store.ts findOpenFanOuts',
      'runs/step-counts-store.ts findNextItems',
      'runs/step-outcome-store.ts findOutcomes',
    ],
  },
  {
    reason: 'what people do to a run is a move of it',
    routes: /\/runs\//,
    places: [
      'runs/run-query-store.ts findStep',
      'agents/agent-store.ts Module.findPresentAgents',
      'tasks/redrive-store.ts redriveQuarantined',
      'tasks/run-task-store.ts cancelStepTasks',
      'tasks/task-query-store.ts findTask',
      'audit/audit-store.ts lockHead',
      'audit/audit-store.ts appendRecord',
    ],
  },
  {
    reason: 'a definition is remembered for all, by an id that its tenant or a run of it gave',
    places: ['workflows/workflow-store.ts loadWorkflow'],
  },
  {
    reason: 'equal binaries are stored once, whoever published them',
    places: ['agents/agent-store.ts Module.isBinaryUsed'],
  },
  {
    reason: 'the log is one for all tenants and read in the order of its transactions',
    places: [
      'events/event-store.ts latestCursor',
      'events/event-store.ts readAfter',
      'events/event-store.ts readPage',
      'events/event-store.ts isAnyHeldBack',
      'events/projection-store.ts lockProjection',
      'events/projection-store.ts saveProjection',
      'agents/agent-stats-store.ts addAgentHour',
      'performance/performance-store.ts addBuckets',
    ],
  },
  {
    reason: 'messages are carried for all; headers hold ids only',
    places: [
      'broker/postgres-broker-store.ts findWaitingSince',
      'broker/postgres-broker-store.ts lockNext',
      'broker/postgres-broker-store.ts releaseMessages',
    ],
  },
  {
    reason: 'the operator looks after all tenants; what it exports it reads as the tenant',
    routes: /\/tenants(?:\/|$)/,
    places: [
      'tenants/tenant-store.ts Module.insertTenant',
      'tenants/tenant-store.ts Module.findTenant',
      'tenants/tenant-store.ts Module.listTenants',
      'tenants/tenant-store.ts Module.lockTenant',
      'tenants/tenant-store.ts Module.writeTenant',
      'outbox/outbox-store.ts unadmitOfTenants',
      'tenants/tenant-contents-store.ts findTenantTables',
      'tenants/inactive-tenant-store.ts findInactiveTenants',
      'identity/identity-store.ts Module.insertPrincipal',
      'identity/identity-store.ts Module.insertKey',
      'identity/identity-store.ts insertPrincipal',
      'identity/identity-store.ts insertKey',
      'audit/audit-store.ts lockHead',
      'audit/audit-store.ts appendRecord',
    ],
  },
  {
    reason: 'figures of the platform as a whole',
    routes: /\/metrics$|\/health$/,
    places: [
      'outbox/outbox-store.ts depthByQueue',
      'quarantine/quarantine-store.ts totalsOfQuarantine',
      'compose.ts lookAtDatabase',
    ],
  },
]

/** Why a request may issue this as the platform; null where it may not. */
export const whyAsPlatform = (statement: { place: string; route: string }): string | null =>
  AS_PLATFORM.find(
    ({ routes, places }) =>
      places.includes(statement.place) && (routes === undefined || routes.test(statement.route)),
  )?.reason ?? null
