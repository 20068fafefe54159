/** A file in which every field of the schema stands, and for each field one edit with exactly what it changes. */
import { X509Certificate } from 'node:crypto';
import { ID } from '../../config/support.js';
import { authority } from '../../support/certificates.js';

/** Files that declarations name. */
export const AUTHORITIES = { one: authority().cert, two: authority().cert };
const fingerprint = (cert: string): string =>
  `sha256:${new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase()}`;
const FINGERPRINTS = { one: fingerprint(AUTHORITIES.one), two: fingerprint(AUTHORITIES.two) };

export const BASE = `# a comment
version: 1
toolbox: main
project:
  name: acme
  id: ${ID}
  previously: []
  required_version: ">=1"
  proxy:
    listen: "127.0.0.1:7411"
    public_url: "https://a.example"
    allowed_hosts: [b.example]
    allowed_origins: ["https://c.example"]
    admin: "127.0.0.1:7412"
    tls: {cert: tls/cert.pem, key: tls/key.pem}
    insecure: false
  audit: {durability: process}
  log_level: info
  telemetry: {endpoint: "https://10.0.0.5:4318", sample: 1, ca: one.pem}
  runtimes: {node: {image: "node:22"}, python: {image: "python:3.13"}}
  mount_roots: []
  network_pool: 10.89.0.0/16
  engine: {socket: /e.sock}
  environments:
    prod:
      name: acme-prod
      previously: []
      engine: {socket: /p.sock}
      variables: {level: info}
      proxy: {listen: "10.0.0.1:7500", tls: {cert: tls/prod.pem, key: tls/prod.key}, insecure: false, public_url: "https://p.example", allowed_hosts: [], allowed_origins: [], admin: "127.0.0.1:7502"}
variables:
  level: {default: debug, description: how much it says}
volumes:
  notes: {prevent_destroy: false}
  old: {name: legacy}
servers:
  package: {npm: "@s/p@1.0.0", allow_scripts: []}
  snake: {pypi: "s@1.0.0"}
  mine: {build: ./mine, dockerfile: Dockerfile, build_network: false}
  far: {remote: "https://far.example/mcp", private_addresses: [10.20.0.0/16], ca: one.pem, insecure: false}
  web:
    image: web:1
    transport: {http: {port: 8080, path: /mcp}}
  each: {image: each:1, instances: agent}
  many: {image: many:1, replicas: 2}
  files:
    image: files:1
    alias: f
    command: [/serve]
    args: [/data]
    env: {LEVEL: "\${level}", LANG: C}
    user: "1000:1000"
    workdir: /data
    healthcheck: {test: [CMD, /check], interval: 30s, timeout: 5s, retries: 3, start_period: 1s}
    mounts:
      - {source: ./docs, target: /data, readonly: true}
      - {volume: notes, target: /notes, readonly: true}
      - {volume: old, target: /old, readonly: true}
    resources: {memory: 64Mi, cpus: 0.5, pids: 64}
    replace: overlap
    restart: always
    prevent_destroy: false
agents:
  bot:
    authenticate:
      - token: {}
      - jwt:
          issuer: "https://idp.example"
          audience: "https://aud.example"
          jwks_uri: "https://idp.example/keys"
          private_addresses: [10.30.0.0/16]
          ca: one.pem
          insecure: false
          claims: {sub: bot}
          algorithms: [RS256]
    grants:
      - server: files
        tools: [read_file]
        arguments: {read_file: {properties: {path: {within: /data}}}}
        set: {}
        expires: 2027-06-30
        limits: {rate: 60/min, concurrent: 4, timeout: 30s, result: 1Mi}
        audit: {arguments: hmac}
        resources: ["file:///a"]
        prompts: [hello]
        server_requests: [sampling]
      - {toolbox: main, tools: [list]}
    deny:
      - {server: web, tools: [read_file], arguments: {read_file: {properties: {path: {const: /etc}}}}}
      - {toolbox: main, tools: [write_file]}
      - {server: web, resources: ["file:///b/**"], prompts: [bye]}
grants:
  bot:
    - server: web
      tools: [read_file]
      arguments: {read_file: {properties: {path: {within: /data}}}}
      set: {}
      expires: 2027-06-30
      limits: {rate: 60/min, concurrent: 4, timeout: 30s, result: 1Mi}
      audit: {arguments: hmac}
      resources: ["file:///a"]
      prompts: [hello]
      server_requests: [sampling]
    - {toolbox: main, tools: [write_file, send]}
moved: []
`;

export const TOOLS = {
  read_file: ['path', 'encoding'],
  write_file: ['path', 'content'],
  list: [],
  send: ['to'],
  drop: [],
};

/** Field, what stands there, what is written instead, the changes and accesses expected. */
export type Row = [field: string, from: string, to: string, expected: string[], environment?: string];

export const ROWS: Row[] = [
  ['toolbox', 'toolbox: main', 'toolbox: core', ['update policy']],
  [
    'project.environments.*.engine.socket',
    '/p.sock',
    '/q.sock',
    ['replace bridge: mounts./var/run/docker.sock'],
    'prod',
  ],
  [
    'project.environments.*.variables.*',
    'variables: {level: info}',
    'variables: {level: warn}',
    ['replace server.files: env.LEVEL'],
    'prod',
  ],
  [
    'project.environments.*.proxy.listen',
    '10.0.0.1:7500',
    '10.0.0.1:7501',
    [
      'replace proxy: ports',
      'update policy',
      'the proxy loses a listener at 10.0.0.1:7500, which other machines may reach',
      'the proxy gains a listener at 10.0.0.1:7501, which other machines may reach',
    ],
    'prod',
  ],
  ['project.environments.*.proxy.public_url', 'https://p.example', 'https://q.example', ['update policy'], 'prod'],
  [
    'project.environments.*.proxy.allowed_hosts',
    'public_url: "https://p.example", allowed_hosts: []',
    'public_url: "https://p.example", allowed_hosts: [x.example]',
    ['update policy'],
    'prod',
  ],
  [
    'project.environments.*.proxy.allowed_origins',
    'allowed_origins: [], admin',
    'allowed_origins: ["https://y.example"], admin',
    ['update policy'],
    'prod',
  ],
  ['project.environments.*.proxy.admin', '127.0.0.1:7502', '127.0.0.1:7503', ['replace proxy: ports'], 'prod'],
  ['project.environments.*.proxy.tls.cert', 'tls/prod.pem', 'tls/new.pem', ['update policy: certificate'], 'prod'],
  ['project.environments.*.proxy.tls.key', 'tls/prod.key', 'tls/new.key', ['update policy'], 'prod'],
  [
    'project.environments.*.proxy.insecure',
    'tls/prod.key}, insecure: false',
    'tls/prod.key}, insecure: true',
    [
      'replace proxy: env.TOOLCRIB_INSECURE',
      'the proxy gains leave to be reached by other machines without TLS (`insecure`): whoever is on the way reads tokens and calls',
    ],
    'prod',
  ],
  ['project.proxy.tls.cert', 'tls/cert.pem', 'tls/new.pem', ['update policy: certificate']],
  ['project.proxy.tls.key', 'tls/key.pem', 'tls/new.key', ['update policy']],
  // Only this machine reaches it, with or without.
  ['project.proxy.insecure', 'key.pem}\n    insecure: false', 'key.pem}\n    insecure: true', []],
  ['project.proxy.admin', '127.0.0.1:7412', '127.0.0.1:7413', ['replace proxy: ports']],
  [
    'project.log_level',
    'log_level: info',
    'log_level: warn',
    ['replace bridge: env.TOOLCRIB_LOG_LEVEL', 'replace proxy: env.TOOLCRIB_LOG_LEVEL'],
  ],
  ['project.telemetry.endpoint', 'https://10.0.0.5:4318', 'https://otel.example', ['update policy: telemetry']],
  ['project.telemetry.ca', 'sample: 1, ca: one.pem', 'sample: 1, ca: two.pem', ['update policy: telemetry']],
  ['project.telemetry.sample', 'sample: 1', 'sample: 0.1', ['update policy: telemetry']],
  ['project.audit.durability', 'durability: process', 'durability: power', ['update policy']],
  [
    'agents.*.authenticate[].jwt.issuer',
    'issuer: "https://idp.example"',
    'issuer: "https://idp2.example"',
    [
      'update policy',
      'tokens of https://idp.example (sub=bot, for https://aud.example, at 10.30.0.0/16) no longer stand for bot',
      'tokens of https://idp2.example (sub=bot, for https://aud.example, at 10.30.0.0/16) now stand for bot',
    ],
  ],
  [
    'agents.*.authenticate[].jwt.audience',
    'https://aud.example',
    'https://aud2.example',
    [
      'update policy',
      'tokens of https://idp.example (sub=bot, for https://aud.example, at 10.30.0.0/16) no longer stand for bot',
      'tokens of https://idp.example (sub=bot, for https://aud2.example, at 10.30.0.0/16) now stand for bot',
    ],
  ],
  [
    'agents.*.authenticate[].jwt.jwks_uri',
    'https://idp.example/keys',
    'https://idp.example/keys2',
    [
      'update policy',
      'tokens of https://idp.example (sub=bot, for https://aud.example, at 10.30.0.0/16) stand for bot by other keys or signatures than before',
    ],
  ],
  [
    'agents.*.authenticate[].jwt.private_addresses',
    '[10.30.0.0/16]',
    '[10.31.0.0/16]',
    [
      'update policy',
      'tokens of https://idp.example (sub=bot, for https://aud.example, at 10.30.0.0/16) no longer stand for bot',
      'tokens of https://idp.example (sub=bot, for https://aud.example, at 10.31.0.0/16) now stand for bot',
    ],
  ],
  [
    'agents.*.authenticate[].jwt.ca',
    'ca: one.pem\n          insecure',
    'ca: two.pem\n          insecure',
    [
      'update policy',
      'tokens of https://idp.example (sub=bot, for https://aud.example, at 10.30.0.0/16) stand for bot by other keys or signatures than before',
    ],
  ],
  [
    'agents.*.authenticate[].jwt.insecure',
    'one.pem\n          insecure: false',
    'one.pem\n          insecure: true',
    [
      'update policy',
      'tokens of https://idp.example (sub=bot, for https://aud.example, at 10.30.0.0/16 without TLS) now stand for bot',
      'tokens of https://idp.example (sub=bot, for https://aud.example, at 10.30.0.0/16) no longer stand for bot',
    ],
  ],
  [
    'agents.*.authenticate[].jwt.claims.*',
    'claims: {sub: bot}',
    'claims: {sub: cat}',
    [
      'update policy',
      'tokens of https://idp.example (sub=bot, for https://aud.example, at 10.30.0.0/16) no longer stand for bot',
      'tokens of https://idp.example (sub=cat, for https://aud.example, at 10.30.0.0/16) now stand for bot',
    ],
  ],
  [
    'agents.*.authenticate[].jwt.algorithms',
    'algorithms: [RS256]',
    'algorithms: [ES256]',
    [
      'update policy',
      'tokens of https://idp.example (sub=bot, for https://aud.example, at 10.30.0.0/16) stand for bot by other keys or signatures than before',
    ],
  ],
  ['project.required_version', '">=1"', '">=1.1"', []],
  ['project.proxy.listen', '127.0.0.1:7411', '127.0.0.1:7419', ['replace proxy: ports', 'update policy']],
  ['project.proxy.public_url', 'https://a.example', 'https://z.example', ['update policy']],
  ['project.proxy.allowed_hosts', '[b.example]', '[b.example, z.example]', ['update policy']],
  ['project.proxy.allowed_origins', '["https://c.example"]', '[]', ['update policy']],
  [
    'project.runtimes.node.image',
    'node:22',
    'node:24',
    [
      'replace server.mine: image',
      'replace server.package: image',
      'replace control: image',
      'replace bridge: image',
      'replace proxy: image',
    ],
  ],
  ['project.runtimes.python.image', 'python:3.13', 'python:3.14', ['replace server.snake: image']],
  ['project.mount_roots', 'mount_roots: []', 'mount_roots: [/srv/more]', []],
  [
    'project.network_pool',
    '10.89.0.0/16',
    '10.90.0.0/16',
    [
      'replace server.web: networks',
      'replace proxy: networks',
      'replace network.published: subnet',
      'replace network.server-web: subnet',
    ],
  ],
  ['project.engine.socket', '/e.sock', '/f.sock', ['replace bridge: mounts./var/run/docker.sock']],
  ['variables.*.default', 'default: debug', 'default: trace', ['replace server.files: env.LEVEL']],
  ['variables.*.description', 'how much it says', 'how much it talks', []],
  ['volumes.*.prevent_destroy', 'notes: {prevent_destroy: false}', 'notes: {prevent_destroy: true}', []],
  [
    'volumes.*.name',
    'name: legacy',
    'name: others',
    [
      'replace server.files: mounts./old',
      'server files loses mount /old: volume legacy (read-only)',
      'server files gains mount /old: volume others (read-only)',
    ],
  ],
  ['servers.*.npm', '@s/p@1.0.0', '@s/p@1.0.1', ['replace server.package: image']],
  ['servers.*.allow_scripts', 'allow_scripts: []', 'allow_scripts: [x]', ['replace server.package: image']],
  ['servers.*.pypi', 's@1.0.0"}', 's@1.0.1"}', ['replace server.snake: image']],
  ['servers.*.build', 'build: ./mine', 'build: ./yours', ['replace server.mine: image']],
  ['servers.*.dockerfile', 'dockerfile: Dockerfile', 'dockerfile: Other', ['replace server.mine: image']],
  ['servers.*.build_network', 'build_network: false', 'build_network: true', ['replace server.mine: image']],
  [
    'servers.*.remote',
    'https://far.example/mcp',
    'https://far.example/v2',
    [
      'update server.far: url',
      'server far loses the remote address https://far.example/mcp: calls to it leave this engine',
      'server far gains the remote address https://far.example/v2: calls to it leave this engine',
    ],
  ],
  [
    'servers.*.private_addresses',
    '10.20.0.0/16',
    '10.30.0.0/16',
    [
      'update server.far: private_addresses',
      'server far loses leave to be called at private addresses: 10.20.0.0/16',
      'server far gains leave to be called at private addresses: 10.30.0.0/16',
    ],
  ],
  [
    'servers.*.ca',
    '[10.20.0.0/16], ca: one.pem',
    '[10.20.0.0/16], ca: two.pem',
    [
      'update server.far: ca',
      `server far loses trust in the authority ${FINGERPRINTS.one} alone`,
      `server far gains trust in the authority ${FINGERPRINTS.two} alone`,
    ],
  ],
  [
    'servers.*.insecure',
    'ca: one.pem, insecure: false',
    'ca: one.pem, insecure: true',
    [
      'update server.far: insecure',
      'server far gains leave to be called without TLS (`insecure`): whoever is on the way reads calls and answers',
    ],
  ],
  ['servers.*.image', 'image: files:1', 'image: files:2', ['replace server.files: image']],
  ['servers.*.transport.http.port', 'port: 8080', 'port: 8081', ['replace server.web: transport']],
  ['servers.*.transport.http.path', 'path: /mcp}', 'path: /v2}', ['replace server.web: transport']],
  ['servers.*.instances', 'instances: agent', 'instances: session', ['replace server.each: instances']],
  ['servers.*.replicas', 'replicas: 2', 'replicas: 3', ['replace server.many: instances']],
  ['servers.*.alias', 'alias: f\n', 'alias: g\n', ['update policy']],
  ['servers.*.command', 'command: [/serve]', 'command: [/serve2]', ['replace server.files: command']],
  ['servers.*.args', 'args: [/data]', 'args: [/data, -v]', ['replace server.files: args']],
  ['servers.*.env.*', 'LANG: C', 'LANG: D', ['replace server.files: env.LANG']],
  ['servers.*.user', '1000:1000', '1001:1001', ['replace server.files: user']],
  ['servers.*.workdir', 'workdir: /data', 'workdir: /notes', ['replace server.files: workdir']],
  ['servers.*.healthcheck.test', '[CMD, /check]', '[CMD, /check2]', ['replace server.files: healthcheck']],
  ['servers.*.healthcheck.interval', 'interval: 30s', 'interval: 31s', ['replace server.files: healthcheck']],
  ['servers.*.healthcheck.timeout', 'timeout: 5s', 'timeout: 6s', ['replace server.files: healthcheck']],
  ['servers.*.healthcheck.retries', 'retries: 3', 'retries: 4', ['replace server.files: healthcheck']],
  ['servers.*.healthcheck.start_period', 'start_period: 1s', 'start_period: 2s', ['replace server.files: healthcheck']],
  [
    'servers.*.mounts[].source',
    'source: ./docs',
    'source: ./other',
    [
      'replace server.files: mounts./data',
      'server files loses mount /data: bind /srv/acme/docs (read-only)',
      'server files gains mount /data: bind /srv/acme/other (read-only)',
    ],
  ],
  [
    'servers.*.mounts[].volume',
    '- {volume: notes, target',
    '- {source: ./other, target',
    [
      'replace server.files: mounts./notes',
      'server files loses mount /notes: volume toolcrib.acme.volume.notes (read-only)',
      'server files gains mount /notes: bind /srv/acme/other (read-only)',
    ],
  ],
  [
    'servers.*.mounts[].target',
    'target: /notes',
    'target: /n',
    [
      'replace server.files: mounts./n mounts./notes',
      'server files loses mount /notes: volume toolcrib.acme.volume.notes (read-only)',
      'server files gains mount /n: volume toolcrib.acme.volume.notes (read-only)',
    ],
  ],
  [
    'servers.*.mounts[].readonly',
    'target: /data, readonly: true',
    'target: /data, readonly: false',
    [
      'replace server.files: mounts./data',
      'server files loses mount /data: bind /srv/acme/docs (read-only)',
      'server files gains mount /data: bind /srv/acme/docs (writable)',
    ],
  ],
  ['servers.*.resources.memory', 'memory: 64Mi', 'memory: 65Mi', ['update server.files: memory']],
  ['servers.*.resources.cpus', 'cpus: 0.5', 'cpus: 0.6', ['update server.files: cpus']],
  ['servers.*.resources.pids', 'pids: 64', 'pids: 65', ['update server.files: pids']],
  ['servers.*.replace', 'replace: overlap', 'replace: stop-first', []],
  ['servers.*.restart', 'restart: always', 'restart: never', ['replace server.files: restarts']],
  [
    'servers.*.prevent_destroy',
    'restart: always\n    prevent_destroy: false',
    'restart: always\n    prevent_destroy: true',
    ['update policy'],
  ],
  [
    'agents.*.grants[].server',
    '\n      - server: files\n',
    '\n      - server: each\n',
    [
      'update policy',
      'bot gains each:may ask for sampling',
      'bot gains each:prompt hello',
      'bot gains each:read_file',
      'bot gains each:resource file:///a',
      'bot loses files:may ask for sampling',
      'bot loses files:prompt hello',
      'bot loses files:read_file',
      'bot loses files:resource file:///a',
    ],
  ],
  [
    'agents.*.grants[].toolbox',
    '\n      - {toolbox: main, tools: [list]}',
    '\n      - {server: files, tools: [list]}',
    [
      'update policy',
      'bot loses each:list',
      'bot loses far:list',
      'bot loses many:list',
      'bot loses mine:list',
      'bot loses package:list',
      'bot loses snake:list',
      'bot loses web:list',
    ],
  ],
  [
    'agents.*.grants[].tools',
    '\n        tools: [read_file]',
    '\n        tools: [read_file, drop]',
    ['update policy', 'bot gains files:drop'],
  ],
  [
    'agents.*.grants[].arguments.*',
    '\n        arguments: {read_file: {properties: {path: {within: /data}',
    '\n        arguments: {read_file: {properties: {path: {within: /data/a}',
    ['update policy', 'files:read_file is narrowed for bot'],
  ],
  [
    'agents.*.grants[].set',
    '\n        set: {}',
    '\n        set: {encoding: x}',
    ['update policy', 'files:read_file is narrowed for bot'],
  ],
  [
    'agents.*.grants[].expires',
    '\n        expires: 2027-06-30',
    '\n        expires: 2027-07-30',
    [
      'update policy',
      'files:may ask for sampling is widened for bot',
      'files:prompt hello is widened for bot',
      'files:read_file is widened for bot',
      'files:resource file:///a is widened for bot',
    ],
  ],
  [
    'agents.*.grants[].limits.rate',
    '\n        limits: {rate: 60/min',
    '\n        limits: {rate: 61/min',
    ['update policy', 'files:read_file is widened for bot'],
  ],
  [
    'agents.*.grants[].limits.concurrent',
    '\n        limits: {rate: 60/min, concurrent: 4',
    '\n        limits: {rate: 60/min, concurrent: 5',
    ['update policy', 'files:read_file is widened for bot'],
  ],
  [
    'agents.*.grants[].limits.timeout',
    '\n        limits: {rate: 60/min, concurrent: 4, timeout: 30s',
    '\n        limits: {rate: 60/min, concurrent: 4, timeout: 31s',
    ['update policy', 'files:read_file is widened for bot'],
  ],
  [
    'agents.*.grants[].limits.result',
    '\n        limits: {rate: 60/min, concurrent: 4, timeout: 30s, result: 1Mi',
    '\n        limits: {rate: 60/min, concurrent: 4, timeout: 30s, result: 2Mi',
    ['update policy', 'files:read_file is widened for bot'],
  ],
  [
    'agents.*.grants[].audit.arguments',
    '\n        audit: {arguments: hmac}',
    '\n        audit: {arguments: full}',
    ['update policy', 'the audit gains the arguments of bot’s calls of files:read_file'],
  ],
  [
    'agents.*.grants[].resources',
    '\n        resources: ["file:///a"]',
    '\n        resources: ["file:///b"]',
    ['update policy', 'bot loses files:resource file:///a', 'bot gains files:resource file:///b'],
  ],
  [
    'agents.*.grants[].prompts',
    '\n        prompts: [hello]',
    '\n        prompts: [bye]',
    ['update policy', 'bot gains files:prompt bye', 'bot loses files:prompt hello'],
  ],
  [
    'agents.*.grants[].server_requests',
    '\n        server_requests: [sampling]',
    '\n        server_requests: [roots]',
    ['update policy', 'bot gains files:may ask for roots', 'bot loses files:may ask for sampling'],
  ],
  [
    'grants.*[].server',
    '\n    - server: web\n',
    '\n    - server: each\n',
    [
      'update policy',
      'bot gains each:may ask for sampling',
      'bot gains each:prompt hello',
      'bot gains each:read_file',
      'bot gains each:resource file:///a',
      'bot loses web:may ask for sampling',
      'bot loses web:prompt hello',
      'bot loses web:read_file',
      'bot loses web:resource file:///a',
    ],
  ],
  [
    'grants.*[].toolbox',
    '\n    - {toolbox: main, tools: [write_file, send]}',
    '\n    - {server: web, tools: [write_file, send]}',
    [
      'update policy',
      'bot loses each:send',
      'bot loses far:send',
      'bot loses files:send',
      'bot loses many:send',
      'bot loses mine:send',
      'bot loses package:send',
      'bot loses snake:send',
    ],
  ],
  [
    'grants.*[].tools',
    '\n      tools: [read_file]',
    '\n      tools: [read_file, drop]',
    ['update policy', 'bot gains web:drop'],
  ],
  [
    'grants.*[].arguments.*',
    '\n      arguments: {read_file: {properties: {path: {within: /data}',
    '\n      arguments: {read_file: {properties: {path: {within: /data/a}',
    ['update policy', 'web:read_file is narrowed for bot'],
  ],
  [
    'grants.*[].set',
    '\n      set: {}',
    '\n      set: {encoding: x}',
    ['update policy', 'web:read_file is narrowed for bot'],
  ],
  [
    'grants.*[].expires',
    '\n      expires: 2027-06-30',
    '\n      expires: 2027-07-30',
    [
      'update policy',
      'web:may ask for sampling is widened for bot',
      'web:prompt hello is widened for bot',
      'web:read_file is widened for bot',
      'web:resource file:///a is widened for bot',
    ],
  ],
  [
    'grants.*[].limits.rate',
    '\n      limits: {rate: 60/min',
    '\n      limits: {rate: 61/min',
    ['update policy', 'web:read_file is widened for bot'],
  ],
  [
    'grants.*[].limits.concurrent',
    '\n      limits: {rate: 60/min, concurrent: 4',
    '\n      limits: {rate: 60/min, concurrent: 5',
    ['update policy', 'web:read_file is widened for bot'],
  ],
  [
    'grants.*[].limits.timeout',
    '\n      limits: {rate: 60/min, concurrent: 4, timeout: 30s',
    '\n      limits: {rate: 60/min, concurrent: 4, timeout: 31s',
    ['update policy', 'web:read_file is widened for bot'],
  ],
  [
    'grants.*[].limits.result',
    '\n      limits: {rate: 60/min, concurrent: 4, timeout: 30s, result: 1Mi',
    '\n      limits: {rate: 60/min, concurrent: 4, timeout: 30s, result: 2Mi',
    ['update policy', 'web:read_file is widened for bot'],
  ],
  [
    'grants.*[].audit.arguments',
    '\n      audit: {arguments: hmac}',
    '\n      audit: {arguments: full}',
    ['update policy', 'the audit gains the arguments of bot’s calls of web:read_file'],
  ],
  [
    'grants.*[].resources',
    '\n      resources: ["file:///a"]',
    '\n      resources: ["file:///b"]',
    ['update policy', 'bot loses web:resource file:///a', 'bot gains web:resource file:///b'],
  ],
  [
    'grants.*[].prompts',
    '\n      prompts: [hello]',
    '\n      prompts: [bye]',
    ['update policy', 'bot loses web:prompt hello'],
  ],
  [
    'grants.*[].server_requests',
    '\n      server_requests: [sampling]',
    '\n      server_requests: [roots]',
    ['update policy', 'bot gains web:may ask for roots', 'bot loses web:may ask for sampling'],
  ],
  [
    'agents.*.deny[].server',
    '- {server: web, tools: [read_file], arg',
    '- {server: each, tools: [read_file], arg',
    ['update policy', 'web:read_file is widened for bot'],
  ],
  [
    'agents.*.deny[].toolbox',
    'deny:\n      - {server: web, tools: [read_file], arguments: {read_file: {properties: {path: {const: /etc}}}}}\n      - {toolbox: main, tools: [write_file]}',
    'deny:\n      - {server: web, tools: [read_file], arguments: {read_file: {properties: {path: {const: /etc}}}}}\n      - {server: each, tools: [write_file]}',
    [
      'update policy',
      'bot gains far:write_file',
      'bot gains files:write_file',
      'bot gains many:write_file',
      'bot gains mine:write_file',
      'bot gains package:write_file',
      'bot gains snake:write_file',
      'bot gains web:write_file',
    ],
  ],
  [
    'agents.*.deny[].resources',
    'resources: ["file:///b/**"]',
    'resources: ["file:///**"]',
    ['update policy', 'web:resource file:///a is narrowed for bot'],
  ],
  ['agents.*.deny[].prompts', 'prompts: [bye]', 'prompts: [hello]', ['update policy', 'bot loses web:prompt hello']],
  [
    'agents.*.deny[].tools',
    '- {toolbox: main, tools: [write_file]}',
    '- {toolbox: main, tools: [write_file, list]}',
    [
      'update policy',
      'bot loses each:list',
      'bot loses far:list',
      'bot loses files:list',
      'bot loses many:list',
      'bot loses mine:list',
      'bot loses package:list',
      'bot loses snake:list',
      'bot loses web:list',
    ],
  ],
  [
    'agents.*.deny[].arguments.*',
    '{const: /etc}',
    '{const: /usr}',
    ['update policy', 'web:read_file is changed for bot'],
  ],
];

/** Fields that decide which project or engine it is, or what is one thing with another: tested where that is. */
export const ELSEWHERE: Record<string, string> = {
  version: 'test/config: there is one version',
  'project.id': 'test/docker/ownership: another id is another project',
  'project.name': 'test/plan/moved: another name needs `previously`',
  'project.previously': 'test/plan/moved',
  'project.environments.*.name': 'test/plan/moved',
  'project.environments.*.previously': 'test/plan/moved',
  'project.environments.*.engine.context': 'test/config/environments: another engine',
  'project.environments.*.engine.host': 'test/config/environments: another engine',
  'project.runtimes.node.host': 'test/sources: excludes `image`',
  'project.runtimes.python.host': 'test/sources: excludes `image`',
  'moved[].from': 'test/plan/moved',
  'moved[].to': 'test/plan/moved',
  'agents.*.authenticate[].token': 'test/config: no settings yet',
};
