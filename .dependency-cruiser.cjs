/**
 * The floors of src/ (src/README.md): a folder imports from lower floors and from itself, type imports counted.
 * The order of this table is the whole rule; test/house/floors.test.ts holds it, and holds that it bites.
 */
const floors = [
  ['diagnostics'],
  ['model'],
  ['config', 'policy', 'definitions', 'plan', 'engine', 'mcp'],
  ['lock', 'catalog', 'compile', 'docker', 'sources', 'audit', 'wire'],
  ['apply', 'proxy', 'bridge', 'egress', 'launcher'],
  ['workflow'],
  ['cli'],
];
/** Decide and compute; time, ids and the world's answers are arguments. */
const pure = ['diagnostics', 'model', 'policy', 'definitions', 'plan', 'compile', 'mcp'];
/** What the process that faces the network never loads. */
const keptFromProxy = ['config', 'compile', 'plan', 'apply', 'docker'];
/** Rooms of src/proxy/, and which others each looks into. What all share (`exchange.ts` and the like) stands before them. */
const rooms = {
  message: [],
  servers: ['message'],
  identity: ['message'],
  http: ['message', 'identity'],
  sessions: ['message', 'identity', 'http'],
  calls: ['message', 'identity', 'http', 'sessions', 'tasks'],
  tasks: ['message', 'identity', 'sessions', 'calls'],
  subscriptions: ['message', 'identity', 'http', 'servers', 'sessions', 'calls', 'tasks'],
  telemetry: [],
};

const all = floors.flat();
const within = (folders) => `^src/(${folders.join('|')})/`;

const upward = floors.flatMap((folders, floor) =>
  folders.map((folder) => ({
    name: `floor-${floor}-${folder}`,
    comment: `src/${folder}/ stands on floor ${floor}: it imports from lower floors and from itself`,
    severity: 'error',
    from: { path: within([folder]) },
    to: { path: '^src/', pathNot: within([...floors.slice(0, floor).flat(), folder]) },
  })),
);

const fromRoomToRoom = Object.entries(rooms).map(([room, others]) => ({
  name: `proxy-room-${room}`,
  comment: `src/proxy/${room}/ looks into ${others.join(', ') || 'no other room'}`,
  severity: 'error',
  from: { path: `^src/proxy/${room}/` },
  to: { path: '^src/proxy/[^/]+/', pathNot: `^src/proxy/(${[room, ...others].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...upward,
    ...fromRoomToRoom,
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one idea, or one too many',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'has-a-floor',
      comment: 'Every folder of src/ stands on a floor; only the two entry points stand above them',
      severity: 'error',
      from: { path: '^src/', pathNot: [within(all), '^src/(main|role|program|built-program)\\.ts$'] },
      to: {},
    },
    {
      name: 'proxy-knows-only-policy',
      comment: 'The proxy enforces what it is given: it neither declares, nor plans, nor reaches the engine',
      severity: 'error',
      from: { path: within(['proxy']) },
      to: { path: within(keptFromProxy) },
    },
    {
      name: 'pure',
      comment: 'Pure folders touch neither disk, nor network, nor other processes',
      severity: 'error',
      from: { path: within(pure) },
      to: {
        dependencyTypes: ['core'],
        path: '^(fs|net|http|https|http2|tls|dgram|dns|child_process|worker_threads|cluster|os|timers|perf_hooks)(/|$)',
      },
    },
    {
      name: 'resolvable',
      comment: 'What is imported is there',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'src-not-from-outside',
      comment: 'The product does not lean on its tests or scripts',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|examples)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
