/**
 * The validator of toolbox.yaml, made from schemas/toolbox.schema.json by scripts/generate-validator.mjs. Change the
 * schema, not this file.
 */

export const validate = validate20;
export default validate20;
const schema31 = {
  $id: 'urn:toolcrib:toolbox:1',
  type: 'object',
  additionalProperties: false,
  required: ['version', 'toolbox'],
  properties: {
    version: { type: 'integer', const: 1 },
    toolbox: { $ref: '#/$defs/name' },
    project: { $ref: '#/$defs/project' },
    variables: {
      type: ['object', 'null'],
      propertyNames: { $ref: '#/$defs/name' },
      additionalProperties: { $ref: '#/$defs/variable' },
    },
    volumes: {
      type: ['object', 'null'],
      propertyNames: { $ref: '#/$defs/name' },
      additionalProperties: { $ref: '#/$defs/volume' },
    },
    moved: { type: 'array', items: { $ref: '#/$defs/move' } },
    servers: {
      type: ['object', 'null'],
      propertyNames: { $ref: '#/$defs/name' },
      additionalProperties: { $ref: '#/$defs/server' },
    },
    agents: {
      type: ['object', 'null'],
      propertyNames: { $ref: '#/$defs/name' },
      additionalProperties: { $ref: '#/$defs/agent' },
    },
    grants: {
      type: ['object', 'null'],
      propertyNames: { $ref: '#/$defs/name' },
      additionalProperties: { type: 'array', items: { $ref: '#/$defs/grant' } },
    },
  },
  $defs: {
    name: { type: 'string', pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
    envName: { type: 'string', pattern: '^(?!TOOLCRIB_)[A-Za-z_][A-Za-z0-9_]*$' },
    text: { type: 'string', pattern: '^[^\\0]*$' },
    targetPath: { type: 'string', pattern: '^/(?!/)(?!.*(?:^|/)\\.{1,2}(?:/|$))(?!.*//)[^\\0\\\\:]*$' },
    duration: { type: 'string', pattern: '^(?=.)(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?$' },
    size: {
      type: ['string', 'integer'],
      pattern: '^[0-9]{1,15}(?:\\.[0-9]{1,6})?(?:[KMGT]i|[kKMGT])?B?$',
      minimum: 0,
      maximum: 9007199254740991,
    },
    project: {
      type: 'object',
      additionalProperties: false,
      required: ['name', 'id'],
      properties: {
        name: { $ref: '#/$defs/name' },
        id: { type: 'string', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' },
        previously: { type: 'array', items: { $ref: '#/$defs/name' } },
        environments: {
          type: 'object',
          propertyNames: { $ref: '#/$defs/name' },
          additionalProperties: { $ref: '#/$defs/environment' },
        },
        required_version: { type: 'string' },
        proxy: { $ref: '#/$defs/proxy' },
        runtimes: { $ref: '#/$defs/runtimes' },
        mount_roots: { type: 'array', items: { type: 'string', pattern: '^[^\\0]+$' } },
        network_pool: { type: 'string', pattern: '^[0-9]{1,3}(?:\\.[0-9]{1,3}){3}/[0-9]{1,2}$' },
        engine: {
          type: 'object',
          additionalProperties: false,
          properties: { socket: { type: 'string', pattern: '^/[^\\0:]+$' } },
        },
        log_level: { enum: ['info', 'warn', 'error'] },
        telemetry: {
          type: 'object',
          additionalProperties: false,
          required: ['endpoint'],
          properties: {
            endpoint: { type: 'string', pattern: '^https?://[^\\s]+$' },
            ca: { type: 'string', pattern: '^[^\\0]+$' },
            sample: { type: 'number', minimum: 0, maximum: 1 },
          },
        },
        audit: {
          type: 'object',
          additionalProperties: false,
          properties: { durability: { enum: ['process', 'power'] } },
        },
      },
    },
    proxy: {
      type: 'object',
      additionalProperties: false,
      properties: {
        listen: { type: 'string' },
        public_url: { type: 'string', pattern: '^https?://[^\\s/?#]+/?$' },
        allowed_hosts: {
          type: 'array',
          items: { type: 'string', pattern: '^(?:\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?$' },
        },
        allowed_origins: { type: 'array', items: { type: 'string', pattern: '^https?://[^\\s/?#]+$' } },
        admin: { type: 'string' },
        tls: { $ref: '#/$defs/tls' },
        insecure: { type: 'boolean' },
      },
    },
    tls: {
      type: 'object',
      additionalProperties: false,
      required: ['cert', 'key'],
      properties: { cert: { type: 'string', pattern: '^[^\\0]+$' }, key: { type: 'string', pattern: '^[^\\0]+$' } },
    },
    environment: {
      type: ['object', 'null'],
      additionalProperties: false,
      properties: {
        name: { $ref: '#/$defs/name' },
        engine: { $ref: '#/$defs/environmentEngine' },
        previously: { type: 'array', items: { $ref: '#/$defs/name' } },
        variables: {
          type: 'object',
          propertyNames: { $ref: '#/$defs/name' },
          additionalProperties: { type: ['string', 'number', 'boolean'] },
        },
        proxy: { $ref: '#/$defs/proxy' },
      },
    },
    environmentEngine: {
      type: 'object',
      additionalProperties: false,
      properties: {
        context: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_.+-]*$' },
        host: { type: 'string', pattern: '^(?:unix|tcp|https?|ssh)://[^\\s]+$' },
        socket: { type: 'string', pattern: '^/[^\\0:]+$' },
      },
    },
    runtimes: {
      type: 'object',
      additionalProperties: false,
      properties: { node: { $ref: '#/$defs/runtime' }, python: { $ref: '#/$defs/runtime' } },
    },
    runtime: {
      type: 'object',
      additionalProperties: false,
      oneOf: [{ required: ['image'] }, { required: ['host'] }],
      properties: { image: { $ref: '#/$defs/imageRef' }, host: { type: 'boolean', const: true } },
    },
    imageRef: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$' },
    variable: {
      type: ['object', 'null'],
      additionalProperties: false,
      properties: { default: { type: ['string', 'number', 'boolean'] }, description: { type: 'string' } },
    },
    move: {
      type: 'object',
      additionalProperties: false,
      required: ['from', 'to'],
      properties: { from: { $ref: '#/$defs/movable' }, to: { $ref: '#/$defs/movable' } },
    },
    movable: { type: 'string', pattern: '^(?:server|volume)\\.[a-z][a-z0-9-]{0,39}$' },
    volume: {
      type: ['object', 'null'],
      additionalProperties: false,
      properties: {
        name: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$' },
        prevent_destroy: { type: 'boolean' },
      },
    },
    server: {
      type: 'object',
      additionalProperties: false,
      oneOf: [
        { required: ['npm'] },
        { required: ['pypi'] },
        { required: ['build'] },
        { required: ['image'] },
        { required: ['remote'] },
      ],
      dependentRequired: {
        allow_scripts: ['npm'],
        dockerfile: ['build'],
        build_network: ['build'],
        private_addresses: ['remote'],
        ca: ['remote'],
        insecure: ['remote', 'private_addresses'],
      },
      properties: {
        npm: { type: 'string' },
        pypi: { type: 'string' },
        build: { type: 'string', pattern: '^[^\\0]+$' },
        image: { $ref: '#/$defs/imageRef' },
        remote: { type: 'string', pattern: '^https?://[^\\s\\0]{1,2000}$' },
        private_addresses: {
          type: 'array',
          minItems: 1,
          maxItems: 32,
          items: { type: 'string', pattern: '^[0-9A-Fa-f.:]{2,45}/[0-9]{1,3}$' },
        },
        ca: { type: 'string', pattern: '^[^\\0]+$' },
        insecure: { type: 'boolean' },
        transport: {
          type: 'object',
          additionalProperties: false,
          required: ['http'],
          properties: {
            http: {
              type: 'object',
              additionalProperties: false,
              required: ['port'],
              properties: {
                port: { type: 'integer', minimum: 1, maximum: 65535 },
                path: { type: 'string', pattern: '^/[^\\s#\\0]{0,1000}$' },
              },
            },
          },
        },
        instances: { enum: ['shared', 'agent', 'user', 'session'] },
        replicas: { type: 'integer', minimum: 1, maximum: 32 },
        alias: { $ref: '#/$defs/name' },
        command: { type: 'array', minItems: 1, items: { $ref: '#/$defs/text' } },
        args: { type: 'array', items: { $ref: '#/$defs/text' } },
        env: {
          type: ['object', 'null'],
          propertyNames: { $ref: '#/$defs/envName' },
          additionalProperties: { type: ['string', 'number', 'boolean'], pattern: '^[^\\0]*$' },
        },
        user: {
          type: ['string', 'integer'],
          minimum: 0,
          maximum: 4294967294,
          pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,31})?$',
        },
        workdir: { $ref: '#/$defs/targetPath' },
        healthcheck: { $ref: '#/$defs/healthcheck' },
        mounts: { type: 'array', items: { $ref: '#/$defs/mount' } },
        resources: { $ref: '#/$defs/resources' },
        restart: { enum: ['always', 'on-failure', 'never'] },
        prevent_destroy: { type: 'boolean' },
        replace: { enum: ['overlap', 'stop-first'] },
        allow_scripts: {
          type: 'array',
          items: { type: 'string', pattern: '^(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*$' },
        },
        dockerfile: { type: 'string', pattern: '^(?!/)(?!.*(?:^|/)\\.{1,2}(?:/|$))[^\\0\\\\]+$' },
        build_network: { type: 'boolean' },
      },
    },
    healthcheck: {
      type: 'object',
      additionalProperties: false,
      required: ['test'],
      properties: {
        test: { type: ['array', 'string'], pattern: '^[^\\0]+$', minItems: 1, items: { $ref: '#/$defs/text' } },
        interval: { $ref: '#/$defs/duration' },
        timeout: { $ref: '#/$defs/duration' },
        retries: { type: 'integer', minimum: 1, maximum: 1000 },
        start_period: { $ref: '#/$defs/duration' },
      },
    },
    mount: {
      type: 'object',
      additionalProperties: false,
      required: ['target'],
      oneOf: [{ required: ['source'] }, { required: ['volume'] }],
      properties: {
        source: { type: 'string', pattern: '^[^\\0]+$' },
        volume: { $ref: '#/$defs/name' },
        target: { $ref: '#/$defs/targetPath' },
        readonly: { type: 'boolean' },
      },
    },
    resources: {
      type: 'object',
      additionalProperties: false,
      properties: {
        memory: { $ref: '#/$defs/size' },
        cpus: { type: 'number', minimum: 0.01, maximum: 4096 },
        pids: { type: 'integer', minimum: 1, maximum: 4194304 },
      },
    },
    agent: {
      type: 'object',
      additionalProperties: false,
      required: ['authenticate'],
      properties: {
        authenticate: { type: 'array', minItems: 1, items: { $ref: '#/$defs/authentication' } },
        grants: { type: 'array', items: { $ref: '#/$defs/grant' } },
        deny: { type: 'array', items: { $ref: '#/$defs/denial' } },
      },
    },
    authentication: {
      type: 'object',
      additionalProperties: false,
      properties: {
        token: { type: 'object', additionalProperties: false, properties: {} },
        jwt: { $ref: '#/$defs/jwt' },
      },
      oneOf: [{ required: ['token'] }, { required: ['jwt'] }],
    },
    grant: {
      type: 'object',
      additionalProperties: false,
      oneOf: [{ required: ['server'] }, { required: ['toolbox'] }],
      properties: {
        server: { $ref: '#/$defs/name' },
        toolbox: { $ref: '#/$defs/name' },
        tools: {
          type: ['array', 'string'],
          pattern: '^\\*$',
          minItems: 1,
          items: { type: 'string', pattern: '^[^\\s\\0]{1,128}$' },
        },
        resources: {
          type: 'array',
          minItems: 1,
          maxItems: 256,
          items: { type: 'string', pattern: '^[^\\s\\0]{1,1024}$' },
        },
        prompts: {
          type: ['array', 'string'],
          pattern: '^\\*$',
          minItems: 1,
          items: { type: 'string', pattern: '^[^\\s\\0]{1,128}$' },
        },
        server_requests: { type: 'array', minItems: 1, items: { enum: ['sampling', 'elicitation', 'roots'] } },
        arguments: { type: 'object', additionalProperties: { type: 'object' } },
        set: { type: 'object' },
        expires: {
          type: 'string',
          pattern:
            '^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?$',
        },
        limits: { $ref: '#/$defs/limits' },
        audit: { type: 'object', additionalProperties: false, properties: { arguments: { enum: ['hmac', 'full'] } } },
      },
    },
    denial: {
      type: 'object',
      additionalProperties: false,
      oneOf: [{ required: ['server'] }, { required: ['toolbox'] }],
      properties: {
        server: { $ref: '#/$defs/name' },
        toolbox: { $ref: '#/$defs/name' },
        tools: {
          type: ['array', 'string'],
          pattern: '^\\*$',
          minItems: 1,
          items: { type: 'string', pattern: '^[^\\s\\0]{1,128}$' },
        },
        resources: { type: 'array', minItems: 1, items: { type: 'string', pattern: '^[^\\s\\0]{1,1024}$' } },
        prompts: {
          type: ['array', 'string'],
          pattern: '^\\*$',
          minItems: 1,
          items: { type: 'string', pattern: '^[^\\s\\0]{1,128}$' },
        },
        arguments: { type: 'object', additionalProperties: { type: 'object' } },
      },
    },
    limits: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: {
        rate: { type: 'string', pattern: '^[1-9][0-9]{0,6}/(?:s|min|h)$' },
        concurrent: { type: 'integer', minimum: 1, maximum: 10000 },
        timeout: { $ref: '#/$defs/duration' },
        result: { $ref: '#/$defs/size' },
      },
    },
    jwt: {
      type: 'object',
      additionalProperties: false,
      required: ['issuer', 'claims'],
      dependentRequired: { insecure: ['private_addresses'] },
      properties: {
        issuer: { type: 'string', pattern: '^https?://[^\\s?#]+$' },
        audience: { type: 'string', pattern: '^\\S+$' },
        jwks_uri: { type: 'string', pattern: '^https?://[^\\s?#]+$' },
        private_addresses: {
          type: 'array',
          minItems: 1,
          maxItems: 32,
          items: { type: 'string', pattern: '^[0-9A-Fa-f.:]{2,45}/[0-9]{1,3}$' },
        },
        ca: { type: 'string', pattern: '^[^\\0]+$' },
        insecure: { type: 'boolean' },
        claims: { type: 'object', minProperties: 1, additionalProperties: { type: ['string', 'number', 'boolean'] } },
        algorithms: {
          type: 'array',
          minItems: 1,
          items: { enum: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] },
        },
      },
    },
  },
};
const schema32 = { type: 'string', pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' };
const schema48 = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: { default: { type: ['string', 'number', 'boolean'] }, description: { type: 'string' } },
};
const schema50 = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$' },
    prevent_destroy: { type: 'boolean' },
  },
};
const func1 = Object.prototype.hasOwnProperty;
const pattern4 = new RegExp('^(?!constructor$)[a-z][a-z0-9-]{0,39}$', 'u');
const pattern28 = new RegExp('^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$', 'u');
const schema33 = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'id'],
  properties: {
    name: { $ref: '#/$defs/name' },
    id: { type: 'string', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' },
    previously: { type: 'array', items: { $ref: '#/$defs/name' } },
    environments: {
      type: 'object',
      propertyNames: { $ref: '#/$defs/name' },
      additionalProperties: { $ref: '#/$defs/environment' },
    },
    required_version: { type: 'string' },
    proxy: { $ref: '#/$defs/proxy' },
    runtimes: { $ref: '#/$defs/runtimes' },
    mount_roots: { type: 'array', items: { type: 'string', pattern: '^[^\\0]+$' } },
    network_pool: { type: 'string', pattern: '^[0-9]{1,3}(?:\\.[0-9]{1,3}){3}/[0-9]{1,2}$' },
    engine: {
      type: 'object',
      additionalProperties: false,
      properties: { socket: { type: 'string', pattern: '^/[^\\0:]+$' } },
    },
    log_level: { enum: ['info', 'warn', 'error'] },
    telemetry: {
      type: 'object',
      additionalProperties: false,
      required: ['endpoint'],
      properties: {
        endpoint: { type: 'string', pattern: '^https?://[^\\s]+$' },
        ca: { type: 'string', pattern: '^[^\\0]+$' },
        sample: { type: 'number', minimum: 0, maximum: 1 },
      },
    },
    audit: { type: 'object', additionalProperties: false, properties: { durability: { enum: ['process', 'power'] } } },
  },
};
const pattern6 = new RegExp('^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', 'u');
const pattern18 = new RegExp('^[^\\0]+$', 'u');
const pattern22 = new RegExp('^[0-9]{1,3}(?:\\.[0-9]{1,3}){3}/[0-9]{1,2}$', 'u');
const pattern12 = new RegExp('^/[^\\0:]+$', 'u');
const pattern24 = new RegExp('^https?://[^\\s]+$', 'u');
const schema37 = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    name: { $ref: '#/$defs/name' },
    engine: { $ref: '#/$defs/environmentEngine' },
    previously: { type: 'array', items: { $ref: '#/$defs/name' } },
    variables: {
      type: 'object',
      propertyNames: { $ref: '#/$defs/name' },
      additionalProperties: { type: ['string', 'number', 'boolean'] },
    },
    proxy: { $ref: '#/$defs/proxy' },
  },
};
const schema39 = {
  type: 'object',
  additionalProperties: false,
  properties: {
    context: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_.+-]*$' },
    host: { type: 'string', pattern: '^(?:unix|tcp|https?|ssh)://[^\\s]+$' },
    socket: { type: 'string', pattern: '^/[^\\0:]+$' },
  },
};
const pattern10 = new RegExp('^[A-Za-z0-9][A-Za-z0-9_.+-]*$', 'u');
const pattern11 = new RegExp('^(?:unix|tcp|https?|ssh)://[^\\s]+$', 'u');
const schema42 = {
  type: 'object',
  additionalProperties: false,
  properties: {
    listen: { type: 'string' },
    public_url: { type: 'string', pattern: '^https?://[^\\s/?#]+/?$' },
    allowed_hosts: {
      type: 'array',
      items: { type: 'string', pattern: '^(?:\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?$' },
    },
    allowed_origins: { type: 'array', items: { type: 'string', pattern: '^https?://[^\\s/?#]+$' } },
    admin: { type: 'string' },
    tls: { $ref: '#/$defs/tls' },
    insecure: { type: 'boolean' },
  },
};
const schema43 = {
  type: 'object',
  additionalProperties: false,
  required: ['cert', 'key'],
  properties: { cert: { type: 'string', pattern: '^[^\\0]+$' }, key: { type: 'string', pattern: '^[^\\0]+$' } },
};
const pattern15 = new RegExp('^https?://[^\\s/?#]+/?$', 'u');
const pattern16 = new RegExp('^(?:\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?$', 'u');
const pattern17 = new RegExp('^https?://[^\\s/?#]+$', 'u');

function validate23(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate23.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!(
        key0 === 'listen' ||
        key0 === 'public_url' ||
        key0 === 'allowed_hosts' ||
        key0 === 'allowed_origins' ||
        key0 === 'admin' ||
        key0 === 'tls' ||
        key0 === 'insecure'
      )) {
        const err0 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err0];
        } else {
          vErrors.push(err0);
        }
        errors++;
      }
    }
    if (data.listen !== undefined) {
      if (typeof data.listen !== 'string') {
        const err1 = {
          instancePath: instancePath + '/listen',
          schemaPath: '#/properties/listen/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err1];
        } else {
          vErrors.push(err1);
        }
        errors++;
      }
    }
    if (data.public_url !== undefined) {
      let data1 = data.public_url;
      if (typeof data1 === 'string') {
        if (!pattern15.test(data1)) {
          const err2 = {
            instancePath: instancePath + '/public_url',
            schemaPath: '#/properties/public_url/pattern',
            keyword: 'pattern',
            params: { pattern: '^https?://[^\\s/?#]+/?$' },
          };
          if (vErrors === null) {
            vErrors = [err2];
          } else {
            vErrors.push(err2);
          }
          errors++;
        }
      } else {
        const err3 = {
          instancePath: instancePath + '/public_url',
          schemaPath: '#/properties/public_url/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err3];
        } else {
          vErrors.push(err3);
        }
        errors++;
      }
    }
    if (data.allowed_hosts !== undefined) {
      let data2 = data.allowed_hosts;
      if (Array.isArray(data2)) {
        const len0 = data2.length;
        for (let i0 = 0; i0 < len0; i0++) {
          let data3 = data2[i0];
          if (typeof data3 === 'string') {
            if (!pattern16.test(data3)) {
              const err4 = {
                instancePath: instancePath + '/allowed_hosts/' + i0,
                schemaPath: '#/properties/allowed_hosts/items/pattern',
                keyword: 'pattern',
                params: { pattern: '^(?:\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?$' },
              };
              if (vErrors === null) {
                vErrors = [err4];
              } else {
                vErrors.push(err4);
              }
              errors++;
            }
          } else {
            const err5 = {
              instancePath: instancePath + '/allowed_hosts/' + i0,
              schemaPath: '#/properties/allowed_hosts/items/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err5];
            } else {
              vErrors.push(err5);
            }
            errors++;
          }
        }
      } else {
        const err6 = {
          instancePath: instancePath + '/allowed_hosts',
          schemaPath: '#/properties/allowed_hosts/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err6];
        } else {
          vErrors.push(err6);
        }
        errors++;
      }
    }
    if (data.allowed_origins !== undefined) {
      let data4 = data.allowed_origins;
      if (Array.isArray(data4)) {
        const len1 = data4.length;
        for (let i1 = 0; i1 < len1; i1++) {
          let data5 = data4[i1];
          if (typeof data5 === 'string') {
            if (!pattern17.test(data5)) {
              const err7 = {
                instancePath: instancePath + '/allowed_origins/' + i1,
                schemaPath: '#/properties/allowed_origins/items/pattern',
                keyword: 'pattern',
                params: { pattern: '^https?://[^\\s/?#]+$' },
              };
              if (vErrors === null) {
                vErrors = [err7];
              } else {
                vErrors.push(err7);
              }
              errors++;
            }
          } else {
            const err8 = {
              instancePath: instancePath + '/allowed_origins/' + i1,
              schemaPath: '#/properties/allowed_origins/items/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err8];
            } else {
              vErrors.push(err8);
            }
            errors++;
          }
        }
      } else {
        const err9 = {
          instancePath: instancePath + '/allowed_origins',
          schemaPath: '#/properties/allowed_origins/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err9];
        } else {
          vErrors.push(err9);
        }
        errors++;
      }
    }
    if (data.admin !== undefined) {
      if (typeof data.admin !== 'string') {
        const err10 = {
          instancePath: instancePath + '/admin',
          schemaPath: '#/properties/admin/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err10];
        } else {
          vErrors.push(err10);
        }
        errors++;
      }
    }
    if (data.tls !== undefined) {
      let data7 = data.tls;
      if (data7 && typeof data7 == 'object' && !Array.isArray(data7)) {
        if (data7.cert === undefined) {
          const err11 = {
            instancePath: instancePath + '/tls',
            schemaPath: '#/$defs/tls/required',
            keyword: 'required',
            params: { missingProperty: 'cert' },
          };
          if (vErrors === null) {
            vErrors = [err11];
          } else {
            vErrors.push(err11);
          }
          errors++;
        }
        if (data7.key === undefined) {
          const err12 = {
            instancePath: instancePath + '/tls',
            schemaPath: '#/$defs/tls/required',
            keyword: 'required',
            params: { missingProperty: 'key' },
          };
          if (vErrors === null) {
            vErrors = [err12];
          } else {
            vErrors.push(err12);
          }
          errors++;
        }
        for (const key1 in data7) {
          if (!(key1 === 'cert' || key1 === 'key')) {
            const err13 = {
              instancePath: instancePath + '/tls',
              schemaPath: '#/$defs/tls/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key1 },
            };
            if (vErrors === null) {
              vErrors = [err13];
            } else {
              vErrors.push(err13);
            }
            errors++;
          }
        }
        if (data7.cert !== undefined) {
          let data8 = data7.cert;
          if (typeof data8 === 'string') {
            if (!pattern18.test(data8)) {
              const err14 = {
                instancePath: instancePath + '/tls/cert',
                schemaPath: '#/$defs/tls/properties/cert/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\0]+$' },
              };
              if (vErrors === null) {
                vErrors = [err14];
              } else {
                vErrors.push(err14);
              }
              errors++;
            }
          } else {
            const err15 = {
              instancePath: instancePath + '/tls/cert',
              schemaPath: '#/$defs/tls/properties/cert/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err15];
            } else {
              vErrors.push(err15);
            }
            errors++;
          }
        }
        if (data7.key !== undefined) {
          let data9 = data7.key;
          if (typeof data9 === 'string') {
            if (!pattern18.test(data9)) {
              const err16 = {
                instancePath: instancePath + '/tls/key',
                schemaPath: '#/$defs/tls/properties/key/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\0]+$' },
              };
              if (vErrors === null) {
                vErrors = [err16];
              } else {
                vErrors.push(err16);
              }
              errors++;
            }
          } else {
            const err17 = {
              instancePath: instancePath + '/tls/key',
              schemaPath: '#/$defs/tls/properties/key/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err17];
            } else {
              vErrors.push(err17);
            }
            errors++;
          }
        }
      } else {
        const err18 = {
          instancePath: instancePath + '/tls',
          schemaPath: '#/$defs/tls/type',
          keyword: 'type',
          params: { type: 'object' },
        };
        if (vErrors === null) {
          vErrors = [err18];
        } else {
          vErrors.push(err18);
        }
        errors++;
      }
    }
    if (data.insecure !== undefined) {
      if (typeof data.insecure !== 'boolean') {
        const err19 = {
          instancePath: instancePath + '/insecure',
          schemaPath: '#/properties/insecure/type',
          keyword: 'type',
          params: { type: 'boolean' },
        };
        if (vErrors === null) {
          vErrors = [err19];
        } else {
          vErrors.push(err19);
        }
        errors++;
      }
    }
  } else {
    const err20 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: 'object' } };
    if (vErrors === null) {
      vErrors = [err20];
    } else {
      vErrors.push(err20);
    }
    errors++;
  }
  validate23.errors = vErrors;
  return errors === 0;
}
validate23.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

function validate22(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate22.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (!(data && typeof data == 'object' && !Array.isArray(data)) && data !== null) {
    const err0 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: schema37.type } };
    if (vErrors === null) {
      vErrors = [err0];
    } else {
      vErrors.push(err0);
    }
    errors++;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!(
        key0 === 'name' ||
        key0 === 'engine' ||
        key0 === 'previously' ||
        key0 === 'variables' ||
        key0 === 'proxy'
      )) {
        const err1 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err1];
        } else {
          vErrors.push(err1);
        }
        errors++;
      }
    }
    if (data.name !== undefined) {
      let data0 = data.name;
      if (typeof data0 === 'string') {
        if (!pattern4.test(data0)) {
          const err2 = {
            instancePath: instancePath + '/name',
            schemaPath: '#/$defs/name/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
          };
          if (vErrors === null) {
            vErrors = [err2];
          } else {
            vErrors.push(err2);
          }
          errors++;
        }
      } else {
        const err3 = {
          instancePath: instancePath + '/name',
          schemaPath: '#/$defs/name/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err3];
        } else {
          vErrors.push(err3);
        }
        errors++;
      }
    }
    if (data.engine !== undefined) {
      let data1 = data.engine;
      if (data1 && typeof data1 == 'object' && !Array.isArray(data1)) {
        for (const key1 in data1) {
          if (!(key1 === 'context' || key1 === 'host' || key1 === 'socket')) {
            const err4 = {
              instancePath: instancePath + '/engine',
              schemaPath: '#/$defs/environmentEngine/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key1 },
            };
            if (vErrors === null) {
              vErrors = [err4];
            } else {
              vErrors.push(err4);
            }
            errors++;
          }
        }
        if (data1.context !== undefined) {
          let data2 = data1.context;
          if (typeof data2 === 'string') {
            if (!pattern10.test(data2)) {
              const err5 = {
                instancePath: instancePath + '/engine/context',
                schemaPath: '#/$defs/environmentEngine/properties/context/pattern',
                keyword: 'pattern',
                params: { pattern: '^[A-Za-z0-9][A-Za-z0-9_.+-]*$' },
              };
              if (vErrors === null) {
                vErrors = [err5];
              } else {
                vErrors.push(err5);
              }
              errors++;
            }
          } else {
            const err6 = {
              instancePath: instancePath + '/engine/context',
              schemaPath: '#/$defs/environmentEngine/properties/context/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err6];
            } else {
              vErrors.push(err6);
            }
            errors++;
          }
        }
        if (data1.host !== undefined) {
          let data3 = data1.host;
          if (typeof data3 === 'string') {
            if (!pattern11.test(data3)) {
              const err7 = {
                instancePath: instancePath + '/engine/host',
                schemaPath: '#/$defs/environmentEngine/properties/host/pattern',
                keyword: 'pattern',
                params: { pattern: '^(?:unix|tcp|https?|ssh)://[^\\s]+$' },
              };
              if (vErrors === null) {
                vErrors = [err7];
              } else {
                vErrors.push(err7);
              }
              errors++;
            }
          } else {
            const err8 = {
              instancePath: instancePath + '/engine/host',
              schemaPath: '#/$defs/environmentEngine/properties/host/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err8];
            } else {
              vErrors.push(err8);
            }
            errors++;
          }
        }
        if (data1.socket !== undefined) {
          let data4 = data1.socket;
          if (typeof data4 === 'string') {
            if (!pattern12.test(data4)) {
              const err9 = {
                instancePath: instancePath + '/engine/socket',
                schemaPath: '#/$defs/environmentEngine/properties/socket/pattern',
                keyword: 'pattern',
                params: { pattern: '^/[^\\0:]+$' },
              };
              if (vErrors === null) {
                vErrors = [err9];
              } else {
                vErrors.push(err9);
              }
              errors++;
            }
          } else {
            const err10 = {
              instancePath: instancePath + '/engine/socket',
              schemaPath: '#/$defs/environmentEngine/properties/socket/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err10];
            } else {
              vErrors.push(err10);
            }
            errors++;
          }
        }
      } else {
        const err11 = {
          instancePath: instancePath + '/engine',
          schemaPath: '#/$defs/environmentEngine/type',
          keyword: 'type',
          params: { type: 'object' },
        };
        if (vErrors === null) {
          vErrors = [err11];
        } else {
          vErrors.push(err11);
        }
        errors++;
      }
    }
    if (data.previously !== undefined) {
      let data5 = data.previously;
      if (Array.isArray(data5)) {
        const len0 = data5.length;
        for (let i0 = 0; i0 < len0; i0++) {
          let data6 = data5[i0];
          if (typeof data6 === 'string') {
            if (!pattern4.test(data6)) {
              const err12 = {
                instancePath: instancePath + '/previously/' + i0,
                schemaPath: '#/$defs/name/pattern',
                keyword: 'pattern',
                params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
              };
              if (vErrors === null) {
                vErrors = [err12];
              } else {
                vErrors.push(err12);
              }
              errors++;
            }
          } else {
            const err13 = {
              instancePath: instancePath + '/previously/' + i0,
              schemaPath: '#/$defs/name/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err13];
            } else {
              vErrors.push(err13);
            }
            errors++;
          }
        }
      } else {
        const err14 = {
          instancePath: instancePath + '/previously',
          schemaPath: '#/properties/previously/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err14];
        } else {
          vErrors.push(err14);
        }
        errors++;
      }
    }
    if (data.variables !== undefined) {
      let data7 = data.variables;
      if (data7 && typeof data7 == 'object' && !Array.isArray(data7)) {
        for (const key2 in data7) {
          const _errs22 = errors;
          if (typeof key2 === 'string') {
            if (!pattern4.test(key2)) {
              const err15 = {
                instancePath: instancePath + '/variables',
                schemaPath: '#/$defs/name/pattern',
                keyword: 'pattern',
                params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
                propertyName: key2,
              };
              if (vErrors === null) {
                vErrors = [err15];
              } else {
                vErrors.push(err15);
              }
              errors++;
            }
          } else {
            const err16 = {
              instancePath: instancePath + '/variables',
              schemaPath: '#/$defs/name/type',
              keyword: 'type',
              params: { type: 'string' },
              propertyName: key2,
            };
            if (vErrors === null) {
              vErrors = [err16];
            } else {
              vErrors.push(err16);
            }
            errors++;
          }
          var valid7 = _errs22 === errors;
          if (!valid7) {
            const err17 = {
              instancePath: instancePath + '/variables',
              schemaPath: '#/properties/variables/propertyNames',
              keyword: 'propertyNames',
              params: { propertyName: key2 },
            };
            if (vErrors === null) {
              vErrors = [err17];
            } else {
              vErrors.push(err17);
            }
            errors++;
          }
        }
        for (const key3 in data7) {
          let data8 = data7[key3];
          if (
            typeof data8 !== 'string' &&
            !(typeof data8 == 'number' && isFinite(data8)) &&
            typeof data8 !== 'boolean'
          ) {
            const err18 = {
              instancePath: instancePath + '/variables/' + key3.replace(/~/g, '~0').replace(/\//g, '~1'),
              schemaPath: '#/properties/variables/additionalProperties/type',
              keyword: 'type',
              params: { type: schema37.properties.variables.additionalProperties.type },
            };
            if (vErrors === null) {
              vErrors = [err18];
            } else {
              vErrors.push(err18);
            }
            errors++;
          }
        }
      } else {
        const err19 = {
          instancePath: instancePath + '/variables',
          schemaPath: '#/properties/variables/type',
          keyword: 'type',
          params: { type: 'object' },
        };
        if (vErrors === null) {
          vErrors = [err19];
        } else {
          vErrors.push(err19);
        }
        errors++;
      }
    }
    if (data.proxy !== undefined) {
      if (
        !validate23(data.proxy, {
          instancePath: instancePath + '/proxy',
          parentData: data,
          parentDataProperty: 'proxy',
          rootData,
          dynamicAnchors,
        })
      ) {
        vErrors = vErrors === null ? validate23.errors : vErrors.concat(validate23.errors);
        errors = vErrors.length;
      }
    }
  }
  validate22.errors = vErrors;
  return errors === 0;
}
validate22.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

const schema44 = {
  type: 'object',
  additionalProperties: false,
  properties: { node: { $ref: '#/$defs/runtime' }, python: { $ref: '#/$defs/runtime' } },
};
const schema45 = {
  type: 'object',
  additionalProperties: false,
  oneOf: [{ required: ['image'] }, { required: ['host'] }],
  properties: { image: { $ref: '#/$defs/imageRef' }, host: { type: 'boolean', const: true } },
};
const schema46 = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$' };
const pattern20 = new RegExp('^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$', 'u');

function validate28(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate28.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  const _errs1 = errors;
  let valid0 = false;
  let passing0 = null;
  const _errs2 = errors;
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.image === undefined) {
      const err0 = {
        instancePath,
        schemaPath: '#/oneOf/0/required',
        keyword: 'required',
        params: { missingProperty: 'image' },
      };
      if (vErrors === null) {
        vErrors = [err0];
      } else {
        vErrors.push(err0);
      }
      errors++;
    }
  }
  var _valid0 = _errs2 === errors;
  if (_valid0) {
    valid0 = true;
    passing0 = 0;
  }
  const _errs3 = errors;
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.host === undefined) {
      const err1 = {
        instancePath,
        schemaPath: '#/oneOf/1/required',
        keyword: 'required',
        params: { missingProperty: 'host' },
      };
      if (vErrors === null) {
        vErrors = [err1];
      } else {
        vErrors.push(err1);
      }
      errors++;
    }
  }
  var _valid0 = _errs3 === errors;
  if (_valid0 && valid0) {
    valid0 = false;
    passing0 = [passing0, 1];
  } else {
    if (_valid0) {
      valid0 = true;
      passing0 = 1;
    }
  }
  if (!valid0) {
    const err2 = { instancePath, schemaPath: '#/oneOf', keyword: 'oneOf', params: { passingSchemas: passing0 } };
    if (vErrors === null) {
      vErrors = [err2];
    } else {
      vErrors.push(err2);
    }
    errors++;
  } else {
    errors = _errs1;
    if (vErrors !== null) {
      if (_errs1) {
        vErrors.length = _errs1;
      } else {
        vErrors = null;
      }
    }
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!(key0 === 'image' || key0 === 'host')) {
        const err3 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err3];
        } else {
          vErrors.push(err3);
        }
        errors++;
      }
    }
    if (data.image !== undefined) {
      let data0 = data.image;
      if (typeof data0 === 'string') {
        if (!pattern20.test(data0)) {
          const err4 = {
            instancePath: instancePath + '/image',
            schemaPath: '#/$defs/imageRef/pattern',
            keyword: 'pattern',
            params: { pattern: '^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$' },
          };
          if (vErrors === null) {
            vErrors = [err4];
          } else {
            vErrors.push(err4);
          }
          errors++;
        }
      } else {
        const err5 = {
          instancePath: instancePath + '/image',
          schemaPath: '#/$defs/imageRef/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err5];
        } else {
          vErrors.push(err5);
        }
        errors++;
      }
    }
    if (data.host !== undefined) {
      let data1 = data.host;
      if (typeof data1 !== 'boolean') {
        const err6 = {
          instancePath: instancePath + '/host',
          schemaPath: '#/properties/host/type',
          keyword: 'type',
          params: { type: 'boolean' },
        };
        if (vErrors === null) {
          vErrors = [err6];
        } else {
          vErrors.push(err6);
        }
        errors++;
      }
      if (true !== data1) {
        const err7 = {
          instancePath: instancePath + '/host',
          schemaPath: '#/properties/host/const',
          keyword: 'const',
          params: { allowedValue: true },
        };
        if (vErrors === null) {
          vErrors = [err7];
        } else {
          vErrors.push(err7);
        }
        errors++;
      }
    }
  } else {
    const err8 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: 'object' } };
    if (vErrors === null) {
      vErrors = [err8];
    } else {
      vErrors.push(err8);
    }
    errors++;
  }
  validate28.errors = vErrors;
  return errors === 0;
}
validate28.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

function validate27(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate27.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!(key0 === 'node' || key0 === 'python')) {
        const err0 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err0];
        } else {
          vErrors.push(err0);
        }
        errors++;
      }
    }
    if (data.node !== undefined) {
      if (
        !validate28(data.node, {
          instancePath: instancePath + '/node',
          parentData: data,
          parentDataProperty: 'node',
          rootData,
          dynamicAnchors,
        })
      ) {
        vErrors = vErrors === null ? validate28.errors : vErrors.concat(validate28.errors);
        errors = vErrors.length;
      }
    }
    if (data.python !== undefined) {
      if (
        !validate28(data.python, {
          instancePath: instancePath + '/python',
          parentData: data,
          parentDataProperty: 'python',
          rootData,
          dynamicAnchors,
        })
      ) {
        vErrors = vErrors === null ? validate28.errors : vErrors.concat(validate28.errors);
        errors = vErrors.length;
      }
    }
  } else {
    const err1 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: 'object' } };
    if (vErrors === null) {
      vErrors = [err1];
    } else {
      vErrors.push(err1);
    }
    errors++;
  }
  validate27.errors = vErrors;
  return errors === 0;
}
validate27.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

function validate21(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate21.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.name === undefined) {
      const err0 = { instancePath, schemaPath: '#/required', keyword: 'required', params: { missingProperty: 'name' } };
      if (vErrors === null) {
        vErrors = [err0];
      } else {
        vErrors.push(err0);
      }
      errors++;
    }
    if (data.id === undefined) {
      const err1 = { instancePath, schemaPath: '#/required', keyword: 'required', params: { missingProperty: 'id' } };
      if (vErrors === null) {
        vErrors = [err1];
      } else {
        vErrors.push(err1);
      }
      errors++;
    }
    for (const key0 in data) {
      if (!func1.call(schema33.properties, key0)) {
        const err2 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err2];
        } else {
          vErrors.push(err2);
        }
        errors++;
      }
    }
    if (data.name !== undefined) {
      let data0 = data.name;
      if (typeof data0 === 'string') {
        if (!pattern4.test(data0)) {
          const err3 = {
            instancePath: instancePath + '/name',
            schemaPath: '#/$defs/name/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
          };
          if (vErrors === null) {
            vErrors = [err3];
          } else {
            vErrors.push(err3);
          }
          errors++;
        }
      } else {
        const err4 = {
          instancePath: instancePath + '/name',
          schemaPath: '#/$defs/name/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err4];
        } else {
          vErrors.push(err4);
        }
        errors++;
      }
    }
    if (data.id !== undefined) {
      let data1 = data.id;
      if (typeof data1 === 'string') {
        if (!pattern6.test(data1)) {
          const err5 = {
            instancePath: instancePath + '/id',
            schemaPath: '#/properties/id/pattern',
            keyword: 'pattern',
            params: { pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' },
          };
          if (vErrors === null) {
            vErrors = [err5];
          } else {
            vErrors.push(err5);
          }
          errors++;
        }
      } else {
        const err6 = {
          instancePath: instancePath + '/id',
          schemaPath: '#/properties/id/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err6];
        } else {
          vErrors.push(err6);
        }
        errors++;
      }
    }
    if (data.previously !== undefined) {
      let data2 = data.previously;
      if (Array.isArray(data2)) {
        const len0 = data2.length;
        for (let i0 = 0; i0 < len0; i0++) {
          let data3 = data2[i0];
          if (typeof data3 === 'string') {
            if (!pattern4.test(data3)) {
              const err7 = {
                instancePath: instancePath + '/previously/' + i0,
                schemaPath: '#/$defs/name/pattern',
                keyword: 'pattern',
                params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
              };
              if (vErrors === null) {
                vErrors = [err7];
              } else {
                vErrors.push(err7);
              }
              errors++;
            }
          } else {
            const err8 = {
              instancePath: instancePath + '/previously/' + i0,
              schemaPath: '#/$defs/name/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err8];
            } else {
              vErrors.push(err8);
            }
            errors++;
          }
        }
      } else {
        const err9 = {
          instancePath: instancePath + '/previously',
          schemaPath: '#/properties/previously/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err9];
        } else {
          vErrors.push(err9);
        }
        errors++;
      }
    }
    if (data.environments !== undefined) {
      let data4 = data.environments;
      if (data4 && typeof data4 == 'object' && !Array.isArray(data4)) {
        for (const key1 in data4) {
          const _errs14 = errors;
          if (typeof key1 === 'string') {
            if (!pattern4.test(key1)) {
              const err10 = {
                instancePath: instancePath + '/environments',
                schemaPath: '#/$defs/name/pattern',
                keyword: 'pattern',
                params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
                propertyName: key1,
              };
              if (vErrors === null) {
                vErrors = [err10];
              } else {
                vErrors.push(err10);
              }
              errors++;
            }
          } else {
            const err11 = {
              instancePath: instancePath + '/environments',
              schemaPath: '#/$defs/name/type',
              keyword: 'type',
              params: { type: 'string' },
              propertyName: key1,
            };
            if (vErrors === null) {
              vErrors = [err11];
            } else {
              vErrors.push(err11);
            }
            errors++;
          }
          var valid5 = _errs14 === errors;
          if (!valid5) {
            const err12 = {
              instancePath: instancePath + '/environments',
              schemaPath: '#/properties/environments/propertyNames',
              keyword: 'propertyNames',
              params: { propertyName: key1 },
            };
            if (vErrors === null) {
              vErrors = [err12];
            } else {
              vErrors.push(err12);
            }
            errors++;
          }
        }
        for (const key2 in data4) {
          if (
            !validate22(data4[key2], {
              instancePath: instancePath + '/environments/' + key2.replace(/~/g, '~0').replace(/\//g, '~1'),
              parentData: data4,
              parentDataProperty: key2,
              rootData,
              dynamicAnchors,
            })
          ) {
            vErrors = vErrors === null ? validate22.errors : vErrors.concat(validate22.errors);
            errors = vErrors.length;
          }
        }
      } else {
        const err13 = {
          instancePath: instancePath + '/environments',
          schemaPath: '#/properties/environments/type',
          keyword: 'type',
          params: { type: 'object' },
        };
        if (vErrors === null) {
          vErrors = [err13];
        } else {
          vErrors.push(err13);
        }
        errors++;
      }
    }
    if (data.required_version !== undefined) {
      if (typeof data.required_version !== 'string') {
        const err14 = {
          instancePath: instancePath + '/required_version',
          schemaPath: '#/properties/required_version/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err14];
        } else {
          vErrors.push(err14);
        }
        errors++;
      }
    }
    if (data.proxy !== undefined) {
      if (
        !validate23(data.proxy, {
          instancePath: instancePath + '/proxy',
          parentData: data,
          parentDataProperty: 'proxy',
          rootData,
          dynamicAnchors,
        })
      ) {
        vErrors = vErrors === null ? validate23.errors : vErrors.concat(validate23.errors);
        errors = vErrors.length;
      }
    }
    if (data.runtimes !== undefined) {
      if (
        !validate27(data.runtimes, {
          instancePath: instancePath + '/runtimes',
          parentData: data,
          parentDataProperty: 'runtimes',
          rootData,
          dynamicAnchors,
        })
      ) {
        vErrors = vErrors === null ? validate27.errors : vErrors.concat(validate27.errors);
        errors = vErrors.length;
      }
    }
    if (data.mount_roots !== undefined) {
      let data9 = data.mount_roots;
      if (Array.isArray(data9)) {
        const len1 = data9.length;
        for (let i1 = 0; i1 < len1; i1++) {
          let data10 = data9[i1];
          if (typeof data10 === 'string') {
            if (!pattern18.test(data10)) {
              const err15 = {
                instancePath: instancePath + '/mount_roots/' + i1,
                schemaPath: '#/properties/mount_roots/items/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\0]+$' },
              };
              if (vErrors === null) {
                vErrors = [err15];
              } else {
                vErrors.push(err15);
              }
              errors++;
            }
          } else {
            const err16 = {
              instancePath: instancePath + '/mount_roots/' + i1,
              schemaPath: '#/properties/mount_roots/items/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err16];
            } else {
              vErrors.push(err16);
            }
            errors++;
          }
        }
      } else {
        const err17 = {
          instancePath: instancePath + '/mount_roots',
          schemaPath: '#/properties/mount_roots/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err17];
        } else {
          vErrors.push(err17);
        }
        errors++;
      }
    }
    if (data.network_pool !== undefined) {
      let data11 = data.network_pool;
      if (typeof data11 === 'string') {
        if (!pattern22.test(data11)) {
          const err18 = {
            instancePath: instancePath + '/network_pool',
            schemaPath: '#/properties/network_pool/pattern',
            keyword: 'pattern',
            params: { pattern: '^[0-9]{1,3}(?:\\.[0-9]{1,3}){3}/[0-9]{1,2}$' },
          };
          if (vErrors === null) {
            vErrors = [err18];
          } else {
            vErrors.push(err18);
          }
          errors++;
        }
      } else {
        const err19 = {
          instancePath: instancePath + '/network_pool',
          schemaPath: '#/properties/network_pool/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err19];
        } else {
          vErrors.push(err19);
        }
        errors++;
      }
    }
    if (data.engine !== undefined) {
      let data12 = data.engine;
      if (data12 && typeof data12 == 'object' && !Array.isArray(data12)) {
        for (const key3 in data12) {
          if (!(key3 === 'socket')) {
            const err20 = {
              instancePath: instancePath + '/engine',
              schemaPath: '#/properties/engine/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key3 },
            };
            if (vErrors === null) {
              vErrors = [err20];
            } else {
              vErrors.push(err20);
            }
            errors++;
          }
        }
        if (data12.socket !== undefined) {
          let data13 = data12.socket;
          if (typeof data13 === 'string') {
            if (!pattern12.test(data13)) {
              const err21 = {
                instancePath: instancePath + '/engine/socket',
                schemaPath: '#/properties/engine/properties/socket/pattern',
                keyword: 'pattern',
                params: { pattern: '^/[^\\0:]+$' },
              };
              if (vErrors === null) {
                vErrors = [err21];
              } else {
                vErrors.push(err21);
              }
              errors++;
            }
          } else {
            const err22 = {
              instancePath: instancePath + '/engine/socket',
              schemaPath: '#/properties/engine/properties/socket/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err22];
            } else {
              vErrors.push(err22);
            }
            errors++;
          }
        }
      } else {
        const err23 = {
          instancePath: instancePath + '/engine',
          schemaPath: '#/properties/engine/type',
          keyword: 'type',
          params: { type: 'object' },
        };
        if (vErrors === null) {
          vErrors = [err23];
        } else {
          vErrors.push(err23);
        }
        errors++;
      }
    }
    if (data.log_level !== undefined) {
      let data14 = data.log_level;
      if (!(data14 === 'info' || data14 === 'warn' || data14 === 'error')) {
        const err24 = {
          instancePath: instancePath + '/log_level',
          schemaPath: '#/properties/log_level/enum',
          keyword: 'enum',
          params: { allowedValues: schema33.properties.log_level.enum },
        };
        if (vErrors === null) {
          vErrors = [err24];
        } else {
          vErrors.push(err24);
        }
        errors++;
      }
    }
    if (data.telemetry !== undefined) {
      let data15 = data.telemetry;
      if (data15 && typeof data15 == 'object' && !Array.isArray(data15)) {
        if (data15.endpoint === undefined) {
          const err25 = {
            instancePath: instancePath + '/telemetry',
            schemaPath: '#/properties/telemetry/required',
            keyword: 'required',
            params: { missingProperty: 'endpoint' },
          };
          if (vErrors === null) {
            vErrors = [err25];
          } else {
            vErrors.push(err25);
          }
          errors++;
        }
        for (const key4 in data15) {
          if (!(key4 === 'endpoint' || key4 === 'ca' || key4 === 'sample')) {
            const err26 = {
              instancePath: instancePath + '/telemetry',
              schemaPath: '#/properties/telemetry/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key4 },
            };
            if (vErrors === null) {
              vErrors = [err26];
            } else {
              vErrors.push(err26);
            }
            errors++;
          }
        }
        if (data15.endpoint !== undefined) {
          let data16 = data15.endpoint;
          if (typeof data16 === 'string') {
            if (!pattern24.test(data16)) {
              const err27 = {
                instancePath: instancePath + '/telemetry/endpoint',
                schemaPath: '#/properties/telemetry/properties/endpoint/pattern',
                keyword: 'pattern',
                params: { pattern: '^https?://[^\\s]+$' },
              };
              if (vErrors === null) {
                vErrors = [err27];
              } else {
                vErrors.push(err27);
              }
              errors++;
            }
          } else {
            const err28 = {
              instancePath: instancePath + '/telemetry/endpoint',
              schemaPath: '#/properties/telemetry/properties/endpoint/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err28];
            } else {
              vErrors.push(err28);
            }
            errors++;
          }
        }
        if (data15.ca !== undefined) {
          let data17 = data15.ca;
          if (typeof data17 === 'string') {
            if (!pattern18.test(data17)) {
              const err29 = {
                instancePath: instancePath + '/telemetry/ca',
                schemaPath: '#/properties/telemetry/properties/ca/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\0]+$' },
              };
              if (vErrors === null) {
                vErrors = [err29];
              } else {
                vErrors.push(err29);
              }
              errors++;
            }
          } else {
            const err30 = {
              instancePath: instancePath + '/telemetry/ca',
              schemaPath: '#/properties/telemetry/properties/ca/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err30];
            } else {
              vErrors.push(err30);
            }
            errors++;
          }
        }
        if (data15.sample !== undefined) {
          let data18 = data15.sample;
          if (typeof data18 == 'number' && isFinite(data18)) {
            if (data18 > 1 || isNaN(data18)) {
              const err31 = {
                instancePath: instancePath + '/telemetry/sample',
                schemaPath: '#/properties/telemetry/properties/sample/maximum',
                keyword: 'maximum',
                params: { comparison: '<=', limit: 1 },
              };
              if (vErrors === null) {
                vErrors = [err31];
              } else {
                vErrors.push(err31);
              }
              errors++;
            }
            if (data18 < 0 || isNaN(data18)) {
              const err32 = {
                instancePath: instancePath + '/telemetry/sample',
                schemaPath: '#/properties/telemetry/properties/sample/minimum',
                keyword: 'minimum',
                params: { comparison: '>=', limit: 0 },
              };
              if (vErrors === null) {
                vErrors = [err32];
              } else {
                vErrors.push(err32);
              }
              errors++;
            }
          } else {
            const err33 = {
              instancePath: instancePath + '/telemetry/sample',
              schemaPath: '#/properties/telemetry/properties/sample/type',
              keyword: 'type',
              params: { type: 'number' },
            };
            if (vErrors === null) {
              vErrors = [err33];
            } else {
              vErrors.push(err33);
            }
            errors++;
          }
        }
      } else {
        const err34 = {
          instancePath: instancePath + '/telemetry',
          schemaPath: '#/properties/telemetry/type',
          keyword: 'type',
          params: { type: 'object' },
        };
        if (vErrors === null) {
          vErrors = [err34];
        } else {
          vErrors.push(err34);
        }
        errors++;
      }
    }
    if (data.audit !== undefined) {
      let data19 = data.audit;
      if (data19 && typeof data19 == 'object' && !Array.isArray(data19)) {
        for (const key5 in data19) {
          if (!(key5 === 'durability')) {
            const err35 = {
              instancePath: instancePath + '/audit',
              schemaPath: '#/properties/audit/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key5 },
            };
            if (vErrors === null) {
              vErrors = [err35];
            } else {
              vErrors.push(err35);
            }
            errors++;
          }
        }
        if (data19.durability !== undefined) {
          let data20 = data19.durability;
          if (!(data20 === 'process' || data20 === 'power')) {
            const err36 = {
              instancePath: instancePath + '/audit/durability',
              schemaPath: '#/properties/audit/properties/durability/enum',
              keyword: 'enum',
              params: { allowedValues: schema33.properties.audit.properties.durability.enum },
            };
            if (vErrors === null) {
              vErrors = [err36];
            } else {
              vErrors.push(err36);
            }
            errors++;
          }
        }
      } else {
        const err37 = {
          instancePath: instancePath + '/audit',
          schemaPath: '#/properties/audit/type',
          keyword: 'type',
          params: { type: 'object' },
        };
        if (vErrors === null) {
          vErrors = [err37];
        } else {
          vErrors.push(err37);
        }
        errors++;
      }
    }
  } else {
    const err38 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: 'object' } };
    if (vErrors === null) {
      vErrors = [err38];
    } else {
      vErrors.push(err38);
    }
    errors++;
  }
  validate21.errors = vErrors;
  return errors === 0;
}
validate21.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

const schema51 = {
  type: 'object',
  additionalProperties: false,
  required: ['from', 'to'],
  properties: { from: { $ref: '#/$defs/movable' }, to: { $ref: '#/$defs/movable' } },
};
const schema52 = { type: 'string', pattern: '^(?:server|volume)\\.[a-z][a-z0-9-]{0,39}$' };
const pattern29 = new RegExp('^(?:server|volume)\\.[a-z][a-z0-9-]{0,39}$', 'u');

function validate33(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate33.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.from === undefined) {
      const err0 = { instancePath, schemaPath: '#/required', keyword: 'required', params: { missingProperty: 'from' } };
      if (vErrors === null) {
        vErrors = [err0];
      } else {
        vErrors.push(err0);
      }
      errors++;
    }
    if (data.to === undefined) {
      const err1 = { instancePath, schemaPath: '#/required', keyword: 'required', params: { missingProperty: 'to' } };
      if (vErrors === null) {
        vErrors = [err1];
      } else {
        vErrors.push(err1);
      }
      errors++;
    }
    for (const key0 in data) {
      if (!(key0 === 'from' || key0 === 'to')) {
        const err2 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err2];
        } else {
          vErrors.push(err2);
        }
        errors++;
      }
    }
    if (data.from !== undefined) {
      let data0 = data.from;
      if (typeof data0 === 'string') {
        if (!pattern29.test(data0)) {
          const err3 = {
            instancePath: instancePath + '/from',
            schemaPath: '#/$defs/movable/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?:server|volume)\\.[a-z][a-z0-9-]{0,39}$' },
          };
          if (vErrors === null) {
            vErrors = [err3];
          } else {
            vErrors.push(err3);
          }
          errors++;
        }
      } else {
        const err4 = {
          instancePath: instancePath + '/from',
          schemaPath: '#/$defs/movable/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err4];
        } else {
          vErrors.push(err4);
        }
        errors++;
      }
    }
    if (data.to !== undefined) {
      let data1 = data.to;
      if (typeof data1 === 'string') {
        if (!pattern29.test(data1)) {
          const err5 = {
            instancePath: instancePath + '/to',
            schemaPath: '#/$defs/movable/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?:server|volume)\\.[a-z][a-z0-9-]{0,39}$' },
          };
          if (vErrors === null) {
            vErrors = [err5];
          } else {
            vErrors.push(err5);
          }
          errors++;
        }
      } else {
        const err6 = {
          instancePath: instancePath + '/to',
          schemaPath: '#/$defs/movable/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err6];
        } else {
          vErrors.push(err6);
        }
        errors++;
      }
    }
  } else {
    const err7 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: 'object' } };
    if (vErrors === null) {
      vErrors = [err7];
    } else {
      vErrors.push(err7);
    }
    errors++;
  }
  validate33.errors = vErrors;
  return errors === 0;
}
validate33.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

const schema55 = {
  type: 'object',
  additionalProperties: false,
  oneOf: [
    { required: ['npm'] },
    { required: ['pypi'] },
    { required: ['build'] },
    { required: ['image'] },
    { required: ['remote'] },
  ],
  dependentRequired: {
    allow_scripts: ['npm'],
    dockerfile: ['build'],
    build_network: ['build'],
    private_addresses: ['remote'],
    ca: ['remote'],
    insecure: ['remote', 'private_addresses'],
  },
  properties: {
    npm: { type: 'string' },
    pypi: { type: 'string' },
    build: { type: 'string', pattern: '^[^\\0]+$' },
    image: { $ref: '#/$defs/imageRef' },
    remote: { type: 'string', pattern: '^https?://[^\\s\\0]{1,2000}$' },
    private_addresses: {
      type: 'array',
      minItems: 1,
      maxItems: 32,
      items: { type: 'string', pattern: '^[0-9A-Fa-f.:]{2,45}/[0-9]{1,3}$' },
    },
    ca: { type: 'string', pattern: '^[^\\0]+$' },
    insecure: { type: 'boolean' },
    transport: {
      type: 'object',
      additionalProperties: false,
      required: ['http'],
      properties: {
        http: {
          type: 'object',
          additionalProperties: false,
          required: ['port'],
          properties: {
            port: { type: 'integer', minimum: 1, maximum: 65535 },
            path: { type: 'string', pattern: '^/[^\\s#\\0]{0,1000}$' },
          },
        },
      },
    },
    instances: { enum: ['shared', 'agent', 'user', 'session'] },
    replicas: { type: 'integer', minimum: 1, maximum: 32 },
    alias: { $ref: '#/$defs/name' },
    command: { type: 'array', minItems: 1, items: { $ref: '#/$defs/text' } },
    args: { type: 'array', items: { $ref: '#/$defs/text' } },
    env: {
      type: ['object', 'null'],
      propertyNames: { $ref: '#/$defs/envName' },
      additionalProperties: { type: ['string', 'number', 'boolean'], pattern: '^[^\\0]*$' },
    },
    user: {
      type: ['string', 'integer'],
      minimum: 0,
      maximum: 4294967294,
      pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,31})?$',
    },
    workdir: { $ref: '#/$defs/targetPath' },
    healthcheck: { $ref: '#/$defs/healthcheck' },
    mounts: { type: 'array', items: { $ref: '#/$defs/mount' } },
    resources: { $ref: '#/$defs/resources' },
    restart: { enum: ['always', 'on-failure', 'never'] },
    prevent_destroy: { type: 'boolean' },
    replace: { enum: ['overlap', 'stop-first'] },
    allow_scripts: {
      type: 'array',
      items: { type: 'string', pattern: '^(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*$' },
    },
    dockerfile: { type: 'string', pattern: '^(?!/)(?!.*(?:^|/)\\.{1,2}(?:/|$))[^\\0\\\\]+$' },
    build_network: { type: 'boolean' },
  },
};
const schema58 = { type: 'string', pattern: '^[^\\0]*$' };
const schema60 = { type: 'string', pattern: '^(?!TOOLCRIB_)[A-Za-z_][A-Za-z0-9_]*$' };
const schema61 = { type: 'string', pattern: '^/(?!/)(?!.*(?:^|/)\\.{1,2}(?:/|$))(?!.*//)[^\\0\\\\:]*$' };
const pattern34 = new RegExp('^https?://[^\\s\\0]{1,2000}$', 'u');
const pattern35 = new RegExp('^[0-9A-Fa-f.:]{2,45}/[0-9]{1,3}$', 'u');
const pattern37 = new RegExp('^/[^\\s#\\0]{0,1000}$', 'u');
const pattern39 = new RegExp('^[^\\0]*$', 'u');
const pattern41 = new RegExp('^(?!TOOLCRIB_)[A-Za-z_][A-Za-z0-9_]*$', 'u');
const pattern43 = new RegExp('^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,31})?$', 'u');
const pattern44 = new RegExp('^/(?!/)(?!.*(?:^|/)\\.{1,2}(?:/|$))(?!.*//)[^\\0\\\\:]*$', 'u');
const pattern54 = new RegExp('^(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*$', 'u');
const pattern55 = new RegExp('^(?!/)(?!.*(?:^|/)\\.{1,2}(?:/|$))[^\\0\\\\]+$', 'u');
const schema62 = {
  type: 'object',
  additionalProperties: false,
  required: ['test'],
  properties: {
    test: { type: ['array', 'string'], pattern: '^[^\\0]+$', minItems: 1, items: { $ref: '#/$defs/text' } },
    interval: { $ref: '#/$defs/duration' },
    timeout: { $ref: '#/$defs/duration' },
    retries: { type: 'integer', minimum: 1, maximum: 1000 },
    start_period: { $ref: '#/$defs/duration' },
  },
};
const schema64 = { type: 'string', pattern: '^(?=.)(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?$' };
const pattern47 = new RegExp('^(?=.)(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?$', 'u');

function validate36(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate36.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.test === undefined) {
      const err0 = { instancePath, schemaPath: '#/required', keyword: 'required', params: { missingProperty: 'test' } };
      if (vErrors === null) {
        vErrors = [err0];
      } else {
        vErrors.push(err0);
      }
      errors++;
    }
    for (const key0 in data) {
      if (!(
        key0 === 'test' ||
        key0 === 'interval' ||
        key0 === 'timeout' ||
        key0 === 'retries' ||
        key0 === 'start_period'
      )) {
        const err1 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err1];
        } else {
          vErrors.push(err1);
        }
        errors++;
      }
    }
    if (data.test !== undefined) {
      let data0 = data.test;
      if (!Array.isArray(data0) && typeof data0 !== 'string') {
        const err2 = {
          instancePath: instancePath + '/test',
          schemaPath: '#/properties/test/type',
          keyword: 'type',
          params: { type: schema62.properties.test.type },
        };
        if (vErrors === null) {
          vErrors = [err2];
        } else {
          vErrors.push(err2);
        }
        errors++;
      }
      if (typeof data0 === 'string') {
        if (!pattern18.test(data0)) {
          const err3 = {
            instancePath: instancePath + '/test',
            schemaPath: '#/properties/test/pattern',
            keyword: 'pattern',
            params: { pattern: '^[^\\0]+$' },
          };
          if (vErrors === null) {
            vErrors = [err3];
          } else {
            vErrors.push(err3);
          }
          errors++;
        }
      }
      if (Array.isArray(data0)) {
        if (data0.length < 1) {
          const err4 = {
            instancePath: instancePath + '/test',
            schemaPath: '#/properties/test/minItems',
            keyword: 'minItems',
            params: { limit: 1 },
          };
          if (vErrors === null) {
            vErrors = [err4];
          } else {
            vErrors.push(err4);
          }
          errors++;
        }
        const len0 = data0.length;
        for (let i0 = 0; i0 < len0; i0++) {
          let data1 = data0[i0];
          if (typeof data1 === 'string') {
            if (!pattern39.test(data1)) {
              const err5 = {
                instancePath: instancePath + '/test/' + i0,
                schemaPath: '#/$defs/text/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\0]*$' },
              };
              if (vErrors === null) {
                vErrors = [err5];
              } else {
                vErrors.push(err5);
              }
              errors++;
            }
          } else {
            const err6 = {
              instancePath: instancePath + '/test/' + i0,
              schemaPath: '#/$defs/text/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err6];
            } else {
              vErrors.push(err6);
            }
            errors++;
          }
        }
      }
    }
    if (data.interval !== undefined) {
      let data2 = data.interval;
      if (typeof data2 === 'string') {
        if (!pattern47.test(data2)) {
          const err7 = {
            instancePath: instancePath + '/interval',
            schemaPath: '#/$defs/duration/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?=.)(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?$' },
          };
          if (vErrors === null) {
            vErrors = [err7];
          } else {
            vErrors.push(err7);
          }
          errors++;
        }
      } else {
        const err8 = {
          instancePath: instancePath + '/interval',
          schemaPath: '#/$defs/duration/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err8];
        } else {
          vErrors.push(err8);
        }
        errors++;
      }
    }
    if (data.timeout !== undefined) {
      let data3 = data.timeout;
      if (typeof data3 === 'string') {
        if (!pattern47.test(data3)) {
          const err9 = {
            instancePath: instancePath + '/timeout',
            schemaPath: '#/$defs/duration/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?=.)(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?$' },
          };
          if (vErrors === null) {
            vErrors = [err9];
          } else {
            vErrors.push(err9);
          }
          errors++;
        }
      } else {
        const err10 = {
          instancePath: instancePath + '/timeout',
          schemaPath: '#/$defs/duration/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err10];
        } else {
          vErrors.push(err10);
        }
        errors++;
      }
    }
    if (data.retries !== undefined) {
      let data4 = data.retries;
      if (!(typeof data4 == 'number' && !(data4 % 1) && !isNaN(data4) && isFinite(data4))) {
        const err11 = {
          instancePath: instancePath + '/retries',
          schemaPath: '#/properties/retries/type',
          keyword: 'type',
          params: { type: 'integer' },
        };
        if (vErrors === null) {
          vErrors = [err11];
        } else {
          vErrors.push(err11);
        }
        errors++;
      }
      if (typeof data4 == 'number' && isFinite(data4)) {
        if (data4 > 1000 || isNaN(data4)) {
          const err12 = {
            instancePath: instancePath + '/retries',
            schemaPath: '#/properties/retries/maximum',
            keyword: 'maximum',
            params: { comparison: '<=', limit: 1000 },
          };
          if (vErrors === null) {
            vErrors = [err12];
          } else {
            vErrors.push(err12);
          }
          errors++;
        }
        if (data4 < 1 || isNaN(data4)) {
          const err13 = {
            instancePath: instancePath + '/retries',
            schemaPath: '#/properties/retries/minimum',
            keyword: 'minimum',
            params: { comparison: '>=', limit: 1 },
          };
          if (vErrors === null) {
            vErrors = [err13];
          } else {
            vErrors.push(err13);
          }
          errors++;
        }
      }
    }
    if (data.start_period !== undefined) {
      let data5 = data.start_period;
      if (typeof data5 === 'string') {
        if (!pattern47.test(data5)) {
          const err14 = {
            instancePath: instancePath + '/start_period',
            schemaPath: '#/$defs/duration/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?=.)(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?$' },
          };
          if (vErrors === null) {
            vErrors = [err14];
          } else {
            vErrors.push(err14);
          }
          errors++;
        }
      } else {
        const err15 = {
          instancePath: instancePath + '/start_period',
          schemaPath: '#/$defs/duration/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err15];
        } else {
          vErrors.push(err15);
        }
        errors++;
      }
    }
  } else {
    const err16 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: 'object' } };
    if (vErrors === null) {
      vErrors = [err16];
    } else {
      vErrors.push(err16);
    }
    errors++;
  }
  validate36.errors = vErrors;
  return errors === 0;
}
validate36.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

const schema67 = {
  type: 'object',
  additionalProperties: false,
  required: ['target'],
  oneOf: [{ required: ['source'] }, { required: ['volume'] }],
  properties: {
    source: { type: 'string', pattern: '^[^\\0]+$' },
    volume: { $ref: '#/$defs/name' },
    target: { $ref: '#/$defs/targetPath' },
    readonly: { type: 'boolean' },
  },
};

function validate38(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate38.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  const _errs1 = errors;
  let valid0 = false;
  let passing0 = null;
  const _errs2 = errors;
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.source === undefined) {
      const err0 = {
        instancePath,
        schemaPath: '#/oneOf/0/required',
        keyword: 'required',
        params: { missingProperty: 'source' },
      };
      if (vErrors === null) {
        vErrors = [err0];
      } else {
        vErrors.push(err0);
      }
      errors++;
    }
  }
  var _valid0 = _errs2 === errors;
  if (_valid0) {
    valid0 = true;
    passing0 = 0;
  }
  const _errs3 = errors;
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.volume === undefined) {
      const err1 = {
        instancePath,
        schemaPath: '#/oneOf/1/required',
        keyword: 'required',
        params: { missingProperty: 'volume' },
      };
      if (vErrors === null) {
        vErrors = [err1];
      } else {
        vErrors.push(err1);
      }
      errors++;
    }
  }
  var _valid0 = _errs3 === errors;
  if (_valid0 && valid0) {
    valid0 = false;
    passing0 = [passing0, 1];
  } else {
    if (_valid0) {
      valid0 = true;
      passing0 = 1;
    }
  }
  if (!valid0) {
    const err2 = { instancePath, schemaPath: '#/oneOf', keyword: 'oneOf', params: { passingSchemas: passing0 } };
    if (vErrors === null) {
      vErrors = [err2];
    } else {
      vErrors.push(err2);
    }
    errors++;
  } else {
    errors = _errs1;
    if (vErrors !== null) {
      if (_errs1) {
        vErrors.length = _errs1;
      } else {
        vErrors = null;
      }
    }
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.target === undefined) {
      const err3 = {
        instancePath,
        schemaPath: '#/required',
        keyword: 'required',
        params: { missingProperty: 'target' },
      };
      if (vErrors === null) {
        vErrors = [err3];
      } else {
        vErrors.push(err3);
      }
      errors++;
    }
    for (const key0 in data) {
      if (!(key0 === 'source' || key0 === 'volume' || key0 === 'target' || key0 === 'readonly')) {
        const err4 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err4];
        } else {
          vErrors.push(err4);
        }
        errors++;
      }
    }
    if (data.source !== undefined) {
      let data0 = data.source;
      if (typeof data0 === 'string') {
        if (!pattern18.test(data0)) {
          const err5 = {
            instancePath: instancePath + '/source',
            schemaPath: '#/properties/source/pattern',
            keyword: 'pattern',
            params: { pattern: '^[^\\0]+$' },
          };
          if (vErrors === null) {
            vErrors = [err5];
          } else {
            vErrors.push(err5);
          }
          errors++;
        }
      } else {
        const err6 = {
          instancePath: instancePath + '/source',
          schemaPath: '#/properties/source/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err6];
        } else {
          vErrors.push(err6);
        }
        errors++;
      }
    }
    if (data.volume !== undefined) {
      let data1 = data.volume;
      if (typeof data1 === 'string') {
        if (!pattern4.test(data1)) {
          const err7 = {
            instancePath: instancePath + '/volume',
            schemaPath: '#/$defs/name/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
          };
          if (vErrors === null) {
            vErrors = [err7];
          } else {
            vErrors.push(err7);
          }
          errors++;
        }
      } else {
        const err8 = {
          instancePath: instancePath + '/volume',
          schemaPath: '#/$defs/name/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err8];
        } else {
          vErrors.push(err8);
        }
        errors++;
      }
    }
    if (data.target !== undefined) {
      let data2 = data.target;
      if (typeof data2 === 'string') {
        if (!pattern44.test(data2)) {
          const err9 = {
            instancePath: instancePath + '/target',
            schemaPath: '#/$defs/targetPath/pattern',
            keyword: 'pattern',
            params: { pattern: '^/(?!/)(?!.*(?:^|/)\\.{1,2}(?:/|$))(?!.*//)[^\\0\\\\:]*$' },
          };
          if (vErrors === null) {
            vErrors = [err9];
          } else {
            vErrors.push(err9);
          }
          errors++;
        }
      } else {
        const err10 = {
          instancePath: instancePath + '/target',
          schemaPath: '#/$defs/targetPath/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err10];
        } else {
          vErrors.push(err10);
        }
        errors++;
      }
    }
    if (data.readonly !== undefined) {
      if (typeof data.readonly !== 'boolean') {
        const err11 = {
          instancePath: instancePath + '/readonly',
          schemaPath: '#/properties/readonly/type',
          keyword: 'type',
          params: { type: 'boolean' },
        };
        if (vErrors === null) {
          vErrors = [err11];
        } else {
          vErrors.push(err11);
        }
        errors++;
      }
    }
  } else {
    const err12 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: 'object' } };
    if (vErrors === null) {
      vErrors = [err12];
    } else {
      vErrors.push(err12);
    }
    errors++;
  }
  validate38.errors = vErrors;
  return errors === 0;
}
validate38.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

const schema70 = {
  type: 'object',
  additionalProperties: false,
  properties: {
    memory: { $ref: '#/$defs/size' },
    cpus: { type: 'number', minimum: 0.01, maximum: 4096 },
    pids: { type: 'integer', minimum: 1, maximum: 4194304 },
  },
};
const schema71 = {
  type: ['string', 'integer'],
  pattern: '^[0-9]{1,15}(?:\\.[0-9]{1,6})?(?:[KMGT]i|[kKMGT])?B?$',
  minimum: 0,
  maximum: 9007199254740991,
};
const pattern53 = new RegExp('^[0-9]{1,15}(?:\\.[0-9]{1,6})?(?:[KMGT]i|[kKMGT])?B?$', 'u');

function validate40(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate40.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!(key0 === 'memory' || key0 === 'cpus' || key0 === 'pids')) {
        const err0 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err0];
        } else {
          vErrors.push(err0);
        }
        errors++;
      }
    }
    if (data.memory !== undefined) {
      let data0 = data.memory;
      if (
        typeof data0 !== 'string' &&
        !(typeof data0 == 'number' && !(data0 % 1) && !isNaN(data0) && isFinite(data0))
      ) {
        const err1 = {
          instancePath: instancePath + '/memory',
          schemaPath: '#/$defs/size/type',
          keyword: 'type',
          params: { type: schema71.type },
        };
        if (vErrors === null) {
          vErrors = [err1];
        } else {
          vErrors.push(err1);
        }
        errors++;
      }
      if (typeof data0 == 'number' && isFinite(data0)) {
        if (data0 > 9007199254740991 || isNaN(data0)) {
          const err2 = {
            instancePath: instancePath + '/memory',
            schemaPath: '#/$defs/size/maximum',
            keyword: 'maximum',
            params: { comparison: '<=', limit: 9007199254740991 },
          };
          if (vErrors === null) {
            vErrors = [err2];
          } else {
            vErrors.push(err2);
          }
          errors++;
        }
        if (data0 < 0 || isNaN(data0)) {
          const err3 = {
            instancePath: instancePath + '/memory',
            schemaPath: '#/$defs/size/minimum',
            keyword: 'minimum',
            params: { comparison: '>=', limit: 0 },
          };
          if (vErrors === null) {
            vErrors = [err3];
          } else {
            vErrors.push(err3);
          }
          errors++;
        }
      }
      if (typeof data0 === 'string') {
        if (!pattern53.test(data0)) {
          const err4 = {
            instancePath: instancePath + '/memory',
            schemaPath: '#/$defs/size/pattern',
            keyword: 'pattern',
            params: { pattern: '^[0-9]{1,15}(?:\\.[0-9]{1,6})?(?:[KMGT]i|[kKMGT])?B?$' },
          };
          if (vErrors === null) {
            vErrors = [err4];
          } else {
            vErrors.push(err4);
          }
          errors++;
        }
      }
    }
    if (data.cpus !== undefined) {
      let data1 = data.cpus;
      if (typeof data1 == 'number' && isFinite(data1)) {
        if (data1 > 4096 || isNaN(data1)) {
          const err5 = {
            instancePath: instancePath + '/cpus',
            schemaPath: '#/properties/cpus/maximum',
            keyword: 'maximum',
            params: { comparison: '<=', limit: 4096 },
          };
          if (vErrors === null) {
            vErrors = [err5];
          } else {
            vErrors.push(err5);
          }
          errors++;
        }
        if (data1 < 0.01 || isNaN(data1)) {
          const err6 = {
            instancePath: instancePath + '/cpus',
            schemaPath: '#/properties/cpus/minimum',
            keyword: 'minimum',
            params: { comparison: '>=', limit: 0.01 },
          };
          if (vErrors === null) {
            vErrors = [err6];
          } else {
            vErrors.push(err6);
          }
          errors++;
        }
      } else {
        const err7 = {
          instancePath: instancePath + '/cpus',
          schemaPath: '#/properties/cpus/type',
          keyword: 'type',
          params: { type: 'number' },
        };
        if (vErrors === null) {
          vErrors = [err7];
        } else {
          vErrors.push(err7);
        }
        errors++;
      }
    }
    if (data.pids !== undefined) {
      let data2 = data.pids;
      if (!(typeof data2 == 'number' && !(data2 % 1) && !isNaN(data2) && isFinite(data2))) {
        const err8 = {
          instancePath: instancePath + '/pids',
          schemaPath: '#/properties/pids/type',
          keyword: 'type',
          params: { type: 'integer' },
        };
        if (vErrors === null) {
          vErrors = [err8];
        } else {
          vErrors.push(err8);
        }
        errors++;
      }
      if (typeof data2 == 'number' && isFinite(data2)) {
        if (data2 > 4194304 || isNaN(data2)) {
          const err9 = {
            instancePath: instancePath + '/pids',
            schemaPath: '#/properties/pids/maximum',
            keyword: 'maximum',
            params: { comparison: '<=', limit: 4194304 },
          };
          if (vErrors === null) {
            vErrors = [err9];
          } else {
            vErrors.push(err9);
          }
          errors++;
        }
        if (data2 < 1 || isNaN(data2)) {
          const err10 = {
            instancePath: instancePath + '/pids',
            schemaPath: '#/properties/pids/minimum',
            keyword: 'minimum',
            params: { comparison: '>=', limit: 1 },
          };
          if (vErrors === null) {
            vErrors = [err10];
          } else {
            vErrors.push(err10);
          }
          errors++;
        }
      }
    }
  } else {
    const err11 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: 'object' } };
    if (vErrors === null) {
      vErrors = [err11];
    } else {
      vErrors.push(err11);
    }
    errors++;
  }
  validate40.errors = vErrors;
  return errors === 0;
}
validate40.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

function validate35(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate35.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  const _errs1 = errors;
  let valid0 = false;
  let passing0 = null;
  const _errs2 = errors;
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.npm === undefined) {
      const err0 = {
        instancePath,
        schemaPath: '#/oneOf/0/required',
        keyword: 'required',
        params: { missingProperty: 'npm' },
      };
      if (vErrors === null) {
        vErrors = [err0];
      } else {
        vErrors.push(err0);
      }
      errors++;
    }
  }
  var _valid0 = _errs2 === errors;
  if (_valid0) {
    valid0 = true;
    passing0 = 0;
  }
  const _errs3 = errors;
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.pypi === undefined) {
      const err1 = {
        instancePath,
        schemaPath: '#/oneOf/1/required',
        keyword: 'required',
        params: { missingProperty: 'pypi' },
      };
      if (vErrors === null) {
        vErrors = [err1];
      } else {
        vErrors.push(err1);
      }
      errors++;
    }
  }
  var _valid0 = _errs3 === errors;
  if (_valid0 && valid0) {
    valid0 = false;
    passing0 = [passing0, 1];
  } else {
    if (_valid0) {
      valid0 = true;
      passing0 = 1;
    }
    const _errs4 = errors;
    if (data && typeof data == 'object' && !Array.isArray(data)) {
      if (data.build === undefined) {
        const err2 = {
          instancePath,
          schemaPath: '#/oneOf/2/required',
          keyword: 'required',
          params: { missingProperty: 'build' },
        };
        if (vErrors === null) {
          vErrors = [err2];
        } else {
          vErrors.push(err2);
        }
        errors++;
      }
    }
    var _valid0 = _errs4 === errors;
    if (_valid0 && valid0) {
      valid0 = false;
      passing0 = [passing0, 2];
    } else {
      if (_valid0) {
        valid0 = true;
        passing0 = 2;
      }
      const _errs5 = errors;
      if (data && typeof data == 'object' && !Array.isArray(data)) {
        if (data.image === undefined) {
          const err3 = {
            instancePath,
            schemaPath: '#/oneOf/3/required',
            keyword: 'required',
            params: { missingProperty: 'image' },
          };
          if (vErrors === null) {
            vErrors = [err3];
          } else {
            vErrors.push(err3);
          }
          errors++;
        }
      }
      var _valid0 = _errs5 === errors;
      if (_valid0 && valid0) {
        valid0 = false;
        passing0 = [passing0, 3];
      } else {
        if (_valid0) {
          valid0 = true;
          passing0 = 3;
        }
        const _errs6 = errors;
        if (data && typeof data == 'object' && !Array.isArray(data)) {
          if (data.remote === undefined) {
            const err4 = {
              instancePath,
              schemaPath: '#/oneOf/4/required',
              keyword: 'required',
              params: { missingProperty: 'remote' },
            };
            if (vErrors === null) {
              vErrors = [err4];
            } else {
              vErrors.push(err4);
            }
            errors++;
          }
        }
        var _valid0 = _errs6 === errors;
        if (_valid0 && valid0) {
          valid0 = false;
          passing0 = [passing0, 4];
        } else {
          if (_valid0) {
            valid0 = true;
            passing0 = 4;
          }
        }
      }
    }
  }
  if (!valid0) {
    const err5 = { instancePath, schemaPath: '#/oneOf', keyword: 'oneOf', params: { passingSchemas: passing0 } };
    if (vErrors === null) {
      vErrors = [err5];
    } else {
      vErrors.push(err5);
    }
    errors++;
  } else {
    errors = _errs1;
    if (vErrors !== null) {
      if (_errs1) {
        vErrors.length = _errs1;
      } else {
        vErrors = null;
      }
    }
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!func1.call(schema55.properties, key0)) {
        const err6 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err6];
        } else {
          vErrors.push(err6);
        }
        errors++;
      }
    }
    if (data.npm !== undefined) {
      if (typeof data.npm !== 'string') {
        const err7 = {
          instancePath: instancePath + '/npm',
          schemaPath: '#/properties/npm/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err7];
        } else {
          vErrors.push(err7);
        }
        errors++;
      }
    }
    if (data.pypi !== undefined) {
      if (typeof data.pypi !== 'string') {
        const err8 = {
          instancePath: instancePath + '/pypi',
          schemaPath: '#/properties/pypi/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err8];
        } else {
          vErrors.push(err8);
        }
        errors++;
      }
    }
    if (data.build !== undefined) {
      let data2 = data.build;
      if (typeof data2 === 'string') {
        if (!pattern18.test(data2)) {
          const err9 = {
            instancePath: instancePath + '/build',
            schemaPath: '#/properties/build/pattern',
            keyword: 'pattern',
            params: { pattern: '^[^\\0]+$' },
          };
          if (vErrors === null) {
            vErrors = [err9];
          } else {
            vErrors.push(err9);
          }
          errors++;
        }
      } else {
        const err10 = {
          instancePath: instancePath + '/build',
          schemaPath: '#/properties/build/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err10];
        } else {
          vErrors.push(err10);
        }
        errors++;
      }
    }
    if (data.image !== undefined) {
      let data3 = data.image;
      if (typeof data3 === 'string') {
        if (!pattern20.test(data3)) {
          const err11 = {
            instancePath: instancePath + '/image',
            schemaPath: '#/$defs/imageRef/pattern',
            keyword: 'pattern',
            params: { pattern: '^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$' },
          };
          if (vErrors === null) {
            vErrors = [err11];
          } else {
            vErrors.push(err11);
          }
          errors++;
        }
      } else {
        const err12 = {
          instancePath: instancePath + '/image',
          schemaPath: '#/$defs/imageRef/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err12];
        } else {
          vErrors.push(err12);
        }
        errors++;
      }
    }
    if (data.remote !== undefined) {
      let data4 = data.remote;
      if (typeof data4 === 'string') {
        if (!pattern34.test(data4)) {
          const err13 = {
            instancePath: instancePath + '/remote',
            schemaPath: '#/properties/remote/pattern',
            keyword: 'pattern',
            params: { pattern: '^https?://[^\\s\\0]{1,2000}$' },
          };
          if (vErrors === null) {
            vErrors = [err13];
          } else {
            vErrors.push(err13);
          }
          errors++;
        }
      } else {
        const err14 = {
          instancePath: instancePath + '/remote',
          schemaPath: '#/properties/remote/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err14];
        } else {
          vErrors.push(err14);
        }
        errors++;
      }
    }
    if (data.private_addresses !== undefined) {
      let data5 = data.private_addresses;
      if (Array.isArray(data5)) {
        if (data5.length > 32) {
          const err15 = {
            instancePath: instancePath + '/private_addresses',
            schemaPath: '#/properties/private_addresses/maxItems',
            keyword: 'maxItems',
            params: { limit: 32 },
          };
          if (vErrors === null) {
            vErrors = [err15];
          } else {
            vErrors.push(err15);
          }
          errors++;
        }
        if (data5.length < 1) {
          const err16 = {
            instancePath: instancePath + '/private_addresses',
            schemaPath: '#/properties/private_addresses/minItems',
            keyword: 'minItems',
            params: { limit: 1 },
          };
          if (vErrors === null) {
            vErrors = [err16];
          } else {
            vErrors.push(err16);
          }
          errors++;
        }
        const len0 = data5.length;
        for (let i0 = 0; i0 < len0; i0++) {
          let data6 = data5[i0];
          if (typeof data6 === 'string') {
            if (!pattern35.test(data6)) {
              const err17 = {
                instancePath: instancePath + '/private_addresses/' + i0,
                schemaPath: '#/properties/private_addresses/items/pattern',
                keyword: 'pattern',
                params: { pattern: '^[0-9A-Fa-f.:]{2,45}/[0-9]{1,3}$' },
              };
              if (vErrors === null) {
                vErrors = [err17];
              } else {
                vErrors.push(err17);
              }
              errors++;
            }
          } else {
            const err18 = {
              instancePath: instancePath + '/private_addresses/' + i0,
              schemaPath: '#/properties/private_addresses/items/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err18];
            } else {
              vErrors.push(err18);
            }
            errors++;
          }
        }
      } else {
        const err19 = {
          instancePath: instancePath + '/private_addresses',
          schemaPath: '#/properties/private_addresses/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err19];
        } else {
          vErrors.push(err19);
        }
        errors++;
      }
    }
    if (data.ca !== undefined) {
      let data7 = data.ca;
      if (typeof data7 === 'string') {
        if (!pattern18.test(data7)) {
          const err20 = {
            instancePath: instancePath + '/ca',
            schemaPath: '#/properties/ca/pattern',
            keyword: 'pattern',
            params: { pattern: '^[^\\0]+$' },
          };
          if (vErrors === null) {
            vErrors = [err20];
          } else {
            vErrors.push(err20);
          }
          errors++;
        }
      } else {
        const err21 = {
          instancePath: instancePath + '/ca',
          schemaPath: '#/properties/ca/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err21];
        } else {
          vErrors.push(err21);
        }
        errors++;
      }
    }
    if (data.insecure !== undefined) {
      if (typeof data.insecure !== 'boolean') {
        const err22 = {
          instancePath: instancePath + '/insecure',
          schemaPath: '#/properties/insecure/type',
          keyword: 'type',
          params: { type: 'boolean' },
        };
        if (vErrors === null) {
          vErrors = [err22];
        } else {
          vErrors.push(err22);
        }
        errors++;
      }
    }
    if (data.transport !== undefined) {
      let data9 = data.transport;
      if (data9 && typeof data9 == 'object' && !Array.isArray(data9)) {
        if (data9.http === undefined) {
          const err23 = {
            instancePath: instancePath + '/transport',
            schemaPath: '#/properties/transport/required',
            keyword: 'required',
            params: { missingProperty: 'http' },
          };
          if (vErrors === null) {
            vErrors = [err23];
          } else {
            vErrors.push(err23);
          }
          errors++;
        }
        for (const key1 in data9) {
          if (!(key1 === 'http')) {
            const err24 = {
              instancePath: instancePath + '/transport',
              schemaPath: '#/properties/transport/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key1 },
            };
            if (vErrors === null) {
              vErrors = [err24];
            } else {
              vErrors.push(err24);
            }
            errors++;
          }
        }
        if (data9.http !== undefined) {
          let data10 = data9.http;
          if (data10 && typeof data10 == 'object' && !Array.isArray(data10)) {
            if (data10.port === undefined) {
              const err25 = {
                instancePath: instancePath + '/transport/http',
                schemaPath: '#/properties/transport/properties/http/required',
                keyword: 'required',
                params: { missingProperty: 'port' },
              };
              if (vErrors === null) {
                vErrors = [err25];
              } else {
                vErrors.push(err25);
              }
              errors++;
            }
            for (const key2 in data10) {
              if (!(key2 === 'port' || key2 === 'path')) {
                const err26 = {
                  instancePath: instancePath + '/transport/http',
                  schemaPath: '#/properties/transport/properties/http/additionalProperties',
                  keyword: 'additionalProperties',
                  params: { additionalProperty: key2 },
                };
                if (vErrors === null) {
                  vErrors = [err26];
                } else {
                  vErrors.push(err26);
                }
                errors++;
              }
            }
            if (data10.port !== undefined) {
              let data11 = data10.port;
              if (!(typeof data11 == 'number' && !(data11 % 1) && !isNaN(data11) && isFinite(data11))) {
                const err27 = {
                  instancePath: instancePath + '/transport/http/port',
                  schemaPath: '#/properties/transport/properties/http/properties/port/type',
                  keyword: 'type',
                  params: { type: 'integer' },
                };
                if (vErrors === null) {
                  vErrors = [err27];
                } else {
                  vErrors.push(err27);
                }
                errors++;
              }
              if (typeof data11 == 'number' && isFinite(data11)) {
                if (data11 > 65535 || isNaN(data11)) {
                  const err28 = {
                    instancePath: instancePath + '/transport/http/port',
                    schemaPath: '#/properties/transport/properties/http/properties/port/maximum',
                    keyword: 'maximum',
                    params: { comparison: '<=', limit: 65535 },
                  };
                  if (vErrors === null) {
                    vErrors = [err28];
                  } else {
                    vErrors.push(err28);
                  }
                  errors++;
                }
                if (data11 < 1 || isNaN(data11)) {
                  const err29 = {
                    instancePath: instancePath + '/transport/http/port',
                    schemaPath: '#/properties/transport/properties/http/properties/port/minimum',
                    keyword: 'minimum',
                    params: { comparison: '>=', limit: 1 },
                  };
                  if (vErrors === null) {
                    vErrors = [err29];
                  } else {
                    vErrors.push(err29);
                  }
                  errors++;
                }
              }
            }
            if (data10.path !== undefined) {
              let data12 = data10.path;
              if (typeof data12 === 'string') {
                if (!pattern37.test(data12)) {
                  const err30 = {
                    instancePath: instancePath + '/transport/http/path',
                    schemaPath: '#/properties/transport/properties/http/properties/path/pattern',
                    keyword: 'pattern',
                    params: { pattern: '^/[^\\s#\\0]{0,1000}$' },
                  };
                  if (vErrors === null) {
                    vErrors = [err30];
                  } else {
                    vErrors.push(err30);
                  }
                  errors++;
                }
              } else {
                const err31 = {
                  instancePath: instancePath + '/transport/http/path',
                  schemaPath: '#/properties/transport/properties/http/properties/path/type',
                  keyword: 'type',
                  params: { type: 'string' },
                };
                if (vErrors === null) {
                  vErrors = [err31];
                } else {
                  vErrors.push(err31);
                }
                errors++;
              }
            }
          } else {
            const err32 = {
              instancePath: instancePath + '/transport/http',
              schemaPath: '#/properties/transport/properties/http/type',
              keyword: 'type',
              params: { type: 'object' },
            };
            if (vErrors === null) {
              vErrors = [err32];
            } else {
              vErrors.push(err32);
            }
            errors++;
          }
        }
      } else {
        const err33 = {
          instancePath: instancePath + '/transport',
          schemaPath: '#/properties/transport/type',
          keyword: 'type',
          params: { type: 'object' },
        };
        if (vErrors === null) {
          vErrors = [err33];
        } else {
          vErrors.push(err33);
        }
        errors++;
      }
    }
    if (data.instances !== undefined) {
      let data13 = data.instances;
      if (!(data13 === 'shared' || data13 === 'agent' || data13 === 'user' || data13 === 'session')) {
        const err34 = {
          instancePath: instancePath + '/instances',
          schemaPath: '#/properties/instances/enum',
          keyword: 'enum',
          params: { allowedValues: schema55.properties.instances.enum },
        };
        if (vErrors === null) {
          vErrors = [err34];
        } else {
          vErrors.push(err34);
        }
        errors++;
      }
    }
    if (data.replicas !== undefined) {
      let data14 = data.replicas;
      if (!(typeof data14 == 'number' && !(data14 % 1) && !isNaN(data14) && isFinite(data14))) {
        const err35 = {
          instancePath: instancePath + '/replicas',
          schemaPath: '#/properties/replicas/type',
          keyword: 'type',
          params: { type: 'integer' },
        };
        if (vErrors === null) {
          vErrors = [err35];
        } else {
          vErrors.push(err35);
        }
        errors++;
      }
      if (typeof data14 == 'number' && isFinite(data14)) {
        if (data14 > 32 || isNaN(data14)) {
          const err36 = {
            instancePath: instancePath + '/replicas',
            schemaPath: '#/properties/replicas/maximum',
            keyword: 'maximum',
            params: { comparison: '<=', limit: 32 },
          };
          if (vErrors === null) {
            vErrors = [err36];
          } else {
            vErrors.push(err36);
          }
          errors++;
        }
        if (data14 < 1 || isNaN(data14)) {
          const err37 = {
            instancePath: instancePath + '/replicas',
            schemaPath: '#/properties/replicas/minimum',
            keyword: 'minimum',
            params: { comparison: '>=', limit: 1 },
          };
          if (vErrors === null) {
            vErrors = [err37];
          } else {
            vErrors.push(err37);
          }
          errors++;
        }
      }
    }
    if (data.alias !== undefined) {
      let data15 = data.alias;
      if (typeof data15 === 'string') {
        if (!pattern4.test(data15)) {
          const err38 = {
            instancePath: instancePath + '/alias',
            schemaPath: '#/$defs/name/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
          };
          if (vErrors === null) {
            vErrors = [err38];
          } else {
            vErrors.push(err38);
          }
          errors++;
        }
      } else {
        const err39 = {
          instancePath: instancePath + '/alias',
          schemaPath: '#/$defs/name/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err39];
        } else {
          vErrors.push(err39);
        }
        errors++;
      }
    }
    if (data.command !== undefined) {
      let data16 = data.command;
      if (Array.isArray(data16)) {
        if (data16.length < 1) {
          const err40 = {
            instancePath: instancePath + '/command',
            schemaPath: '#/properties/command/minItems',
            keyword: 'minItems',
            params: { limit: 1 },
          };
          if (vErrors === null) {
            vErrors = [err40];
          } else {
            vErrors.push(err40);
          }
          errors++;
        }
        const len1 = data16.length;
        for (let i1 = 0; i1 < len1; i1++) {
          let data17 = data16[i1];
          if (typeof data17 === 'string') {
            if (!pattern39.test(data17)) {
              const err41 = {
                instancePath: instancePath + '/command/' + i1,
                schemaPath: '#/$defs/text/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\0]*$' },
              };
              if (vErrors === null) {
                vErrors = [err41];
              } else {
                vErrors.push(err41);
              }
              errors++;
            }
          } else {
            const err42 = {
              instancePath: instancePath + '/command/' + i1,
              schemaPath: '#/$defs/text/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err42];
            } else {
              vErrors.push(err42);
            }
            errors++;
          }
        }
      } else {
        const err43 = {
          instancePath: instancePath + '/command',
          schemaPath: '#/properties/command/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err43];
        } else {
          vErrors.push(err43);
        }
        errors++;
      }
    }
    if (data.args !== undefined) {
      let data18 = data.args;
      if (Array.isArray(data18)) {
        const len2 = data18.length;
        for (let i2 = 0; i2 < len2; i2++) {
          let data19 = data18[i2];
          if (typeof data19 === 'string') {
            if (!pattern39.test(data19)) {
              const err44 = {
                instancePath: instancePath + '/args/' + i2,
                schemaPath: '#/$defs/text/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\0]*$' },
              };
              if (vErrors === null) {
                vErrors = [err44];
              } else {
                vErrors.push(err44);
              }
              errors++;
            }
          } else {
            const err45 = {
              instancePath: instancePath + '/args/' + i2,
              schemaPath: '#/$defs/text/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err45];
            } else {
              vErrors.push(err45);
            }
            errors++;
          }
        }
      } else {
        const err46 = {
          instancePath: instancePath + '/args',
          schemaPath: '#/properties/args/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err46];
        } else {
          vErrors.push(err46);
        }
        errors++;
      }
    }
    if (data.env !== undefined) {
      let data20 = data.env;
      if (!(data20 && typeof data20 == 'object' && !Array.isArray(data20)) && data20 !== null) {
        const err47 = {
          instancePath: instancePath + '/env',
          schemaPath: '#/properties/env/type',
          keyword: 'type',
          params: { type: schema55.properties.env.type },
        };
        if (vErrors === null) {
          vErrors = [err47];
        } else {
          vErrors.push(err47);
        }
        errors++;
      }
      if (data20 && typeof data20 == 'object' && !Array.isArray(data20)) {
        for (const key3 in data20) {
          const _errs55 = errors;
          if (typeof key3 === 'string') {
            if (!pattern41.test(key3)) {
              const err48 = {
                instancePath: instancePath + '/env',
                schemaPath: '#/$defs/envName/pattern',
                keyword: 'pattern',
                params: { pattern: '^(?!TOOLCRIB_)[A-Za-z_][A-Za-z0-9_]*$' },
                propertyName: key3,
              };
              if (vErrors === null) {
                vErrors = [err48];
              } else {
                vErrors.push(err48);
              }
              errors++;
            }
          } else {
            const err49 = {
              instancePath: instancePath + '/env',
              schemaPath: '#/$defs/envName/type',
              keyword: 'type',
              params: { type: 'string' },
              propertyName: key3,
            };
            if (vErrors === null) {
              vErrors = [err49];
            } else {
              vErrors.push(err49);
            }
            errors++;
          }
          var valid14 = _errs55 === errors;
          if (!valid14) {
            const err50 = {
              instancePath: instancePath + '/env',
              schemaPath: '#/properties/env/propertyNames',
              keyword: 'propertyNames',
              params: { propertyName: key3 },
            };
            if (vErrors === null) {
              vErrors = [err50];
            } else {
              vErrors.push(err50);
            }
            errors++;
          }
        }
        for (const key4 in data20) {
          let data21 = data20[key4];
          if (
            typeof data21 !== 'string' &&
            !(typeof data21 == 'number' && isFinite(data21)) &&
            typeof data21 !== 'boolean'
          ) {
            const err51 = {
              instancePath: instancePath + '/env/' + key4.replace(/~/g, '~0').replace(/\//g, '~1'),
              schemaPath: '#/properties/env/additionalProperties/type',
              keyword: 'type',
              params: { type: schema55.properties.env.additionalProperties.type },
            };
            if (vErrors === null) {
              vErrors = [err51];
            } else {
              vErrors.push(err51);
            }
            errors++;
          }
          if (typeof data21 === 'string') {
            if (!pattern39.test(data21)) {
              const err52 = {
                instancePath: instancePath + '/env/' + key4.replace(/~/g, '~0').replace(/\//g, '~1'),
                schemaPath: '#/properties/env/additionalProperties/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\0]*$' },
              };
              if (vErrors === null) {
                vErrors = [err52];
              } else {
                vErrors.push(err52);
              }
              errors++;
            }
          }
        }
      }
    }
    if (data.user !== undefined) {
      let data22 = data.user;
      if (
        typeof data22 !== 'string' &&
        !(typeof data22 == 'number' && !(data22 % 1) && !isNaN(data22) && isFinite(data22))
      ) {
        const err53 = {
          instancePath: instancePath + '/user',
          schemaPath: '#/properties/user/type',
          keyword: 'type',
          params: { type: schema55.properties.user.type },
        };
        if (vErrors === null) {
          vErrors = [err53];
        } else {
          vErrors.push(err53);
        }
        errors++;
      }
      if (typeof data22 == 'number' && isFinite(data22)) {
        if (data22 > 4294967294 || isNaN(data22)) {
          const err54 = {
            instancePath: instancePath + '/user',
            schemaPath: '#/properties/user/maximum',
            keyword: 'maximum',
            params: { comparison: '<=', limit: 4294967294 },
          };
          if (vErrors === null) {
            vErrors = [err54];
          } else {
            vErrors.push(err54);
          }
          errors++;
        }
        if (data22 < 0 || isNaN(data22)) {
          const err55 = {
            instancePath: instancePath + '/user',
            schemaPath: '#/properties/user/minimum',
            keyword: 'minimum',
            params: { comparison: '>=', limit: 0 },
          };
          if (vErrors === null) {
            vErrors = [err55];
          } else {
            vErrors.push(err55);
          }
          errors++;
        }
      }
      if (typeof data22 === 'string') {
        if (!pattern43.test(data22)) {
          const err56 = {
            instancePath: instancePath + '/user',
            schemaPath: '#/properties/user/pattern',
            keyword: 'pattern',
            params: { pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,31})?$' },
          };
          if (vErrors === null) {
            vErrors = [err56];
          } else {
            vErrors.push(err56);
          }
          errors++;
        }
      }
    }
    if (data.workdir !== undefined) {
      let data23 = data.workdir;
      if (typeof data23 === 'string') {
        if (!pattern44.test(data23)) {
          const err57 = {
            instancePath: instancePath + '/workdir',
            schemaPath: '#/$defs/targetPath/pattern',
            keyword: 'pattern',
            params: { pattern: '^/(?!/)(?!.*(?:^|/)\\.{1,2}(?:/|$))(?!.*//)[^\\0\\\\:]*$' },
          };
          if (vErrors === null) {
            vErrors = [err57];
          } else {
            vErrors.push(err57);
          }
          errors++;
        }
      } else {
        const err58 = {
          instancePath: instancePath + '/workdir',
          schemaPath: '#/$defs/targetPath/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err58];
        } else {
          vErrors.push(err58);
        }
        errors++;
      }
    }
    if (data.healthcheck !== undefined) {
      if (
        !validate36(data.healthcheck, {
          instancePath: instancePath + '/healthcheck',
          parentData: data,
          parentDataProperty: 'healthcheck',
          rootData,
          dynamicAnchors,
        })
      ) {
        vErrors = vErrors === null ? validate36.errors : vErrors.concat(validate36.errors);
        errors = vErrors.length;
      }
    }
    if (data.mounts !== undefined) {
      let data25 = data.mounts;
      if (Array.isArray(data25)) {
        const len3 = data25.length;
        for (let i3 = 0; i3 < len3; i3++) {
          if (
            !validate38(data25[i3], {
              instancePath: instancePath + '/mounts/' + i3,
              parentData: data25,
              parentDataProperty: i3,
              rootData,
              dynamicAnchors,
            })
          ) {
            vErrors = vErrors === null ? validate38.errors : vErrors.concat(validate38.errors);
            errors = vErrors.length;
          }
        }
      } else {
        const err59 = {
          instancePath: instancePath + '/mounts',
          schemaPath: '#/properties/mounts/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err59];
        } else {
          vErrors.push(err59);
        }
        errors++;
      }
    }
    if (data.resources !== undefined) {
      if (
        !validate40(data.resources, {
          instancePath: instancePath + '/resources',
          parentData: data,
          parentDataProperty: 'resources',
          rootData,
          dynamicAnchors,
        })
      ) {
        vErrors = vErrors === null ? validate40.errors : vErrors.concat(validate40.errors);
        errors = vErrors.length;
      }
    }
    if (data.restart !== undefined) {
      let data28 = data.restart;
      if (!(data28 === 'always' || data28 === 'on-failure' || data28 === 'never')) {
        const err60 = {
          instancePath: instancePath + '/restart',
          schemaPath: '#/properties/restart/enum',
          keyword: 'enum',
          params: { allowedValues: schema55.properties.restart.enum },
        };
        if (vErrors === null) {
          vErrors = [err60];
        } else {
          vErrors.push(err60);
        }
        errors++;
      }
    }
    if (data.prevent_destroy !== undefined) {
      if (typeof data.prevent_destroy !== 'boolean') {
        const err61 = {
          instancePath: instancePath + '/prevent_destroy',
          schemaPath: '#/properties/prevent_destroy/type',
          keyword: 'type',
          params: { type: 'boolean' },
        };
        if (vErrors === null) {
          vErrors = [err61];
        } else {
          vErrors.push(err61);
        }
        errors++;
      }
    }
    if (data.replace !== undefined) {
      let data30 = data.replace;
      if (!(data30 === 'overlap' || data30 === 'stop-first')) {
        const err62 = {
          instancePath: instancePath + '/replace',
          schemaPath: '#/properties/replace/enum',
          keyword: 'enum',
          params: { allowedValues: schema55.properties.replace.enum },
        };
        if (vErrors === null) {
          vErrors = [err62];
        } else {
          vErrors.push(err62);
        }
        errors++;
      }
    }
    if (data.allow_scripts !== undefined) {
      let data31 = data.allow_scripts;
      if (Array.isArray(data31)) {
        const len4 = data31.length;
        for (let i4 = 0; i4 < len4; i4++) {
          let data32 = data31[i4];
          if (typeof data32 === 'string') {
            if (!pattern54.test(data32)) {
              const err63 = {
                instancePath: instancePath + '/allow_scripts/' + i4,
                schemaPath: '#/properties/allow_scripts/items/pattern',
                keyword: 'pattern',
                params: { pattern: '^(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*$' },
              };
              if (vErrors === null) {
                vErrors = [err63];
              } else {
                vErrors.push(err63);
              }
              errors++;
            }
          } else {
            const err64 = {
              instancePath: instancePath + '/allow_scripts/' + i4,
              schemaPath: '#/properties/allow_scripts/items/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err64];
            } else {
              vErrors.push(err64);
            }
            errors++;
          }
        }
      } else {
        const err65 = {
          instancePath: instancePath + '/allow_scripts',
          schemaPath: '#/properties/allow_scripts/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err65];
        } else {
          vErrors.push(err65);
        }
        errors++;
      }
    }
    if (data.dockerfile !== undefined) {
      let data33 = data.dockerfile;
      if (typeof data33 === 'string') {
        if (!pattern55.test(data33)) {
          const err66 = {
            instancePath: instancePath + '/dockerfile',
            schemaPath: '#/properties/dockerfile/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?!/)(?!.*(?:^|/)\\.{1,2}(?:/|$))[^\\0\\\\]+$' },
          };
          if (vErrors === null) {
            vErrors = [err66];
          } else {
            vErrors.push(err66);
          }
          errors++;
        }
      } else {
        const err67 = {
          instancePath: instancePath + '/dockerfile',
          schemaPath: '#/properties/dockerfile/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err67];
        } else {
          vErrors.push(err67);
        }
        errors++;
      }
    }
    if (data.build_network !== undefined) {
      if (typeof data.build_network !== 'boolean') {
        const err68 = {
          instancePath: instancePath + '/build_network',
          schemaPath: '#/properties/build_network/type',
          keyword: 'type',
          params: { type: 'boolean' },
        };
        if (vErrors === null) {
          vErrors = [err68];
        } else {
          vErrors.push(err68);
        }
        errors++;
      }
    }
    if (data.allow_scripts !== undefined) {
      if (data.npm === undefined) {
        const err69 = {
          instancePath,
          schemaPath: '#/dependentRequired',
          keyword: 'dependentRequired',
          params: { property: 'allow_scripts', missingProperty: 'npm', depsCount: 1, deps: 'npm' },
        };
        if (vErrors === null) {
          vErrors = [err69];
        } else {
          vErrors.push(err69);
        }
        errors++;
      }
    }
    if (data.dockerfile !== undefined) {
      if (data.build === undefined) {
        const err70 = {
          instancePath,
          schemaPath: '#/dependentRequired',
          keyword: 'dependentRequired',
          params: { property: 'dockerfile', missingProperty: 'build', depsCount: 1, deps: 'build' },
        };
        if (vErrors === null) {
          vErrors = [err70];
        } else {
          vErrors.push(err70);
        }
        errors++;
      }
    }
    if (data.build_network !== undefined) {
      if (data.build === undefined) {
        const err71 = {
          instancePath,
          schemaPath: '#/dependentRequired',
          keyword: 'dependentRequired',
          params: { property: 'build_network', missingProperty: 'build', depsCount: 1, deps: 'build' },
        };
        if (vErrors === null) {
          vErrors = [err71];
        } else {
          vErrors.push(err71);
        }
        errors++;
      }
    }
    if (data.private_addresses !== undefined) {
      if (data.remote === undefined) {
        const err72 = {
          instancePath,
          schemaPath: '#/dependentRequired',
          keyword: 'dependentRequired',
          params: { property: 'private_addresses', missingProperty: 'remote', depsCount: 1, deps: 'remote' },
        };
        if (vErrors === null) {
          vErrors = [err72];
        } else {
          vErrors.push(err72);
        }
        errors++;
      }
    }
    if (data.ca !== undefined) {
      if (data.remote === undefined) {
        const err73 = {
          instancePath,
          schemaPath: '#/dependentRequired',
          keyword: 'dependentRequired',
          params: { property: 'ca', missingProperty: 'remote', depsCount: 1, deps: 'remote' },
        };
        if (vErrors === null) {
          vErrors = [err73];
        } else {
          vErrors.push(err73);
        }
        errors++;
      }
    }
    if (data.insecure !== undefined) {
      if (data.remote === undefined) {
        const err74 = {
          instancePath,
          schemaPath: '#/dependentRequired',
          keyword: 'dependentRequired',
          params: { property: 'insecure', missingProperty: 'remote', depsCount: 2, deps: 'remote, private_addresses' },
        };
        if (vErrors === null) {
          vErrors = [err74];
        } else {
          vErrors.push(err74);
        }
        errors++;
      }
      if (data.private_addresses === undefined) {
        const err75 = {
          instancePath,
          schemaPath: '#/dependentRequired',
          keyword: 'dependentRequired',
          params: {
            property: 'insecure',
            missingProperty: 'private_addresses',
            depsCount: 2,
            deps: 'remote, private_addresses',
          },
        };
        if (vErrors === null) {
          vErrors = [err75];
        } else {
          vErrors.push(err75);
        }
        errors++;
      }
    }
  } else {
    const err76 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: 'object' } };
    if (vErrors === null) {
      vErrors = [err76];
    } else {
      vErrors.push(err76);
    }
    errors++;
  }
  validate35.errors = vErrors;
  return errors === 0;
}
validate35.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

const schema73 = {
  type: 'object',
  additionalProperties: false,
  required: ['authenticate'],
  properties: {
    authenticate: { type: 'array', minItems: 1, items: { $ref: '#/$defs/authentication' } },
    grants: { type: 'array', items: { $ref: '#/$defs/grant' } },
    deny: { type: 'array', items: { $ref: '#/$defs/denial' } },
  },
};
const schema74 = {
  type: 'object',
  additionalProperties: false,
  properties: { token: { type: 'object', additionalProperties: false, properties: {} }, jwt: { $ref: '#/$defs/jwt' } },
  oneOf: [{ required: ['token'] }, { required: ['jwt'] }],
};
const schema75 = {
  type: 'object',
  additionalProperties: false,
  required: ['issuer', 'claims'],
  dependentRequired: { insecure: ['private_addresses'] },
  properties: {
    issuer: { type: 'string', pattern: '^https?://[^\\s?#]+$' },
    audience: { type: 'string', pattern: '^\\S+$' },
    jwks_uri: { type: 'string', pattern: '^https?://[^\\s?#]+$' },
    private_addresses: {
      type: 'array',
      minItems: 1,
      maxItems: 32,
      items: { type: 'string', pattern: '^[0-9A-Fa-f.:]{2,45}/[0-9]{1,3}$' },
    },
    ca: { type: 'string', pattern: '^[^\\0]+$' },
    insecure: { type: 'boolean' },
    claims: { type: 'object', minProperties: 1, additionalProperties: { type: ['string', 'number', 'boolean'] } },
    algorithms: {
      type: 'array',
      minItems: 1,
      items: { enum: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] },
    },
  },
};
const pattern57 = new RegExp('^https?://[^\\s?#]+$', 'u');
const pattern58 = new RegExp('^\\S+$', 'u');

function validate44(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate44.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  const _errs1 = errors;
  let valid0 = false;
  let passing0 = null;
  const _errs2 = errors;
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.token === undefined) {
      const err0 = {
        instancePath,
        schemaPath: '#/oneOf/0/required',
        keyword: 'required',
        params: { missingProperty: 'token' },
      };
      if (vErrors === null) {
        vErrors = [err0];
      } else {
        vErrors.push(err0);
      }
      errors++;
    }
  }
  var _valid0 = _errs2 === errors;
  if (_valid0) {
    valid0 = true;
    passing0 = 0;
  }
  const _errs3 = errors;
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.jwt === undefined) {
      const err1 = {
        instancePath,
        schemaPath: '#/oneOf/1/required',
        keyword: 'required',
        params: { missingProperty: 'jwt' },
      };
      if (vErrors === null) {
        vErrors = [err1];
      } else {
        vErrors.push(err1);
      }
      errors++;
    }
  }
  var _valid0 = _errs3 === errors;
  if (_valid0 && valid0) {
    valid0 = false;
    passing0 = [passing0, 1];
  } else {
    if (_valid0) {
      valid0 = true;
      passing0 = 1;
    }
  }
  if (!valid0) {
    const err2 = { instancePath, schemaPath: '#/oneOf', keyword: 'oneOf', params: { passingSchemas: passing0 } };
    if (vErrors === null) {
      vErrors = [err2];
    } else {
      vErrors.push(err2);
    }
    errors++;
  } else {
    errors = _errs1;
    if (vErrors !== null) {
      if (_errs1) {
        vErrors.length = _errs1;
      } else {
        vErrors = null;
      }
    }
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!(key0 === 'token' || key0 === 'jwt')) {
        const err3 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err3];
        } else {
          vErrors.push(err3);
        }
        errors++;
      }
    }
    if (data.token !== undefined) {
      let data0 = data.token;
      if (data0 && typeof data0 == 'object' && !Array.isArray(data0)) {
        for (const key1 in data0) {
          const err4 = {
            instancePath: instancePath + '/token',
            schemaPath: '#/properties/token/additionalProperties',
            keyword: 'additionalProperties',
            params: { additionalProperty: key1 },
          };
          if (vErrors === null) {
            vErrors = [err4];
          } else {
            vErrors.push(err4);
          }
          errors++;
        }
      } else {
        const err5 = {
          instancePath: instancePath + '/token',
          schemaPath: '#/properties/token/type',
          keyword: 'type',
          params: { type: 'object' },
        };
        if (vErrors === null) {
          vErrors = [err5];
        } else {
          vErrors.push(err5);
        }
        errors++;
      }
    }
    if (data.jwt !== undefined) {
      let data1 = data.jwt;
      if (data1 && typeof data1 == 'object' && !Array.isArray(data1)) {
        if (data1.issuer === undefined) {
          const err6 = {
            instancePath: instancePath + '/jwt',
            schemaPath: '#/$defs/jwt/required',
            keyword: 'required',
            params: { missingProperty: 'issuer' },
          };
          if (vErrors === null) {
            vErrors = [err6];
          } else {
            vErrors.push(err6);
          }
          errors++;
        }
        if (data1.claims === undefined) {
          const err7 = {
            instancePath: instancePath + '/jwt',
            schemaPath: '#/$defs/jwt/required',
            keyword: 'required',
            params: { missingProperty: 'claims' },
          };
          if (vErrors === null) {
            vErrors = [err7];
          } else {
            vErrors.push(err7);
          }
          errors++;
        }
        for (const key2 in data1) {
          if (!(
            key2 === 'issuer' ||
            key2 === 'audience' ||
            key2 === 'jwks_uri' ||
            key2 === 'private_addresses' ||
            key2 === 'ca' ||
            key2 === 'insecure' ||
            key2 === 'claims' ||
            key2 === 'algorithms'
          )) {
            const err8 = {
              instancePath: instancePath + '/jwt',
              schemaPath: '#/$defs/jwt/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key2 },
            };
            if (vErrors === null) {
              vErrors = [err8];
            } else {
              vErrors.push(err8);
            }
            errors++;
          }
        }
        if (data1.issuer !== undefined) {
          let data2 = data1.issuer;
          if (typeof data2 === 'string') {
            if (!pattern57.test(data2)) {
              const err9 = {
                instancePath: instancePath + '/jwt/issuer',
                schemaPath: '#/$defs/jwt/properties/issuer/pattern',
                keyword: 'pattern',
                params: { pattern: '^https?://[^\\s?#]+$' },
              };
              if (vErrors === null) {
                vErrors = [err9];
              } else {
                vErrors.push(err9);
              }
              errors++;
            }
          } else {
            const err10 = {
              instancePath: instancePath + '/jwt/issuer',
              schemaPath: '#/$defs/jwt/properties/issuer/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err10];
            } else {
              vErrors.push(err10);
            }
            errors++;
          }
        }
        if (data1.audience !== undefined) {
          let data3 = data1.audience;
          if (typeof data3 === 'string') {
            if (!pattern58.test(data3)) {
              const err11 = {
                instancePath: instancePath + '/jwt/audience',
                schemaPath: '#/$defs/jwt/properties/audience/pattern',
                keyword: 'pattern',
                params: { pattern: '^\\S+$' },
              };
              if (vErrors === null) {
                vErrors = [err11];
              } else {
                vErrors.push(err11);
              }
              errors++;
            }
          } else {
            const err12 = {
              instancePath: instancePath + '/jwt/audience',
              schemaPath: '#/$defs/jwt/properties/audience/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err12];
            } else {
              vErrors.push(err12);
            }
            errors++;
          }
        }
        if (data1.jwks_uri !== undefined) {
          let data4 = data1.jwks_uri;
          if (typeof data4 === 'string') {
            if (!pattern57.test(data4)) {
              const err13 = {
                instancePath: instancePath + '/jwt/jwks_uri',
                schemaPath: '#/$defs/jwt/properties/jwks_uri/pattern',
                keyword: 'pattern',
                params: { pattern: '^https?://[^\\s?#]+$' },
              };
              if (vErrors === null) {
                vErrors = [err13];
              } else {
                vErrors.push(err13);
              }
              errors++;
            }
          } else {
            const err14 = {
              instancePath: instancePath + '/jwt/jwks_uri',
              schemaPath: '#/$defs/jwt/properties/jwks_uri/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err14];
            } else {
              vErrors.push(err14);
            }
            errors++;
          }
        }
        if (data1.private_addresses !== undefined) {
          let data5 = data1.private_addresses;
          if (Array.isArray(data5)) {
            if (data5.length > 32) {
              const err15 = {
                instancePath: instancePath + '/jwt/private_addresses',
                schemaPath: '#/$defs/jwt/properties/private_addresses/maxItems',
                keyword: 'maxItems',
                params: { limit: 32 },
              };
              if (vErrors === null) {
                vErrors = [err15];
              } else {
                vErrors.push(err15);
              }
              errors++;
            }
            if (data5.length < 1) {
              const err16 = {
                instancePath: instancePath + '/jwt/private_addresses',
                schemaPath: '#/$defs/jwt/properties/private_addresses/minItems',
                keyword: 'minItems',
                params: { limit: 1 },
              };
              if (vErrors === null) {
                vErrors = [err16];
              } else {
                vErrors.push(err16);
              }
              errors++;
            }
            const len0 = data5.length;
            for (let i0 = 0; i0 < len0; i0++) {
              let data6 = data5[i0];
              if (typeof data6 === 'string') {
                if (!pattern35.test(data6)) {
                  const err17 = {
                    instancePath: instancePath + '/jwt/private_addresses/' + i0,
                    schemaPath: '#/$defs/jwt/properties/private_addresses/items/pattern',
                    keyword: 'pattern',
                    params: { pattern: '^[0-9A-Fa-f.:]{2,45}/[0-9]{1,3}$' },
                  };
                  if (vErrors === null) {
                    vErrors = [err17];
                  } else {
                    vErrors.push(err17);
                  }
                  errors++;
                }
              } else {
                const err18 = {
                  instancePath: instancePath + '/jwt/private_addresses/' + i0,
                  schemaPath: '#/$defs/jwt/properties/private_addresses/items/type',
                  keyword: 'type',
                  params: { type: 'string' },
                };
                if (vErrors === null) {
                  vErrors = [err18];
                } else {
                  vErrors.push(err18);
                }
                errors++;
              }
            }
          } else {
            const err19 = {
              instancePath: instancePath + '/jwt/private_addresses',
              schemaPath: '#/$defs/jwt/properties/private_addresses/type',
              keyword: 'type',
              params: { type: 'array' },
            };
            if (vErrors === null) {
              vErrors = [err19];
            } else {
              vErrors.push(err19);
            }
            errors++;
          }
        }
        if (data1.ca !== undefined) {
          let data7 = data1.ca;
          if (typeof data7 === 'string') {
            if (!pattern18.test(data7)) {
              const err20 = {
                instancePath: instancePath + '/jwt/ca',
                schemaPath: '#/$defs/jwt/properties/ca/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\0]+$' },
              };
              if (vErrors === null) {
                vErrors = [err20];
              } else {
                vErrors.push(err20);
              }
              errors++;
            }
          } else {
            const err21 = {
              instancePath: instancePath + '/jwt/ca',
              schemaPath: '#/$defs/jwt/properties/ca/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err21];
            } else {
              vErrors.push(err21);
            }
            errors++;
          }
        }
        if (data1.insecure !== undefined) {
          if (typeof data1.insecure !== 'boolean') {
            const err22 = {
              instancePath: instancePath + '/jwt/insecure',
              schemaPath: '#/$defs/jwt/properties/insecure/type',
              keyword: 'type',
              params: { type: 'boolean' },
            };
            if (vErrors === null) {
              vErrors = [err22];
            } else {
              vErrors.push(err22);
            }
            errors++;
          }
        }
        if (data1.claims !== undefined) {
          let data9 = data1.claims;
          if (data9 && typeof data9 == 'object' && !Array.isArray(data9)) {
            if (Object.keys(data9).length < 1) {
              const err23 = {
                instancePath: instancePath + '/jwt/claims',
                schemaPath: '#/$defs/jwt/properties/claims/minProperties',
                keyword: 'minProperties',
                params: { limit: 1 },
              };
              if (vErrors === null) {
                vErrors = [err23];
              } else {
                vErrors.push(err23);
              }
              errors++;
            }
            for (const key3 in data9) {
              let data10 = data9[key3];
              if (
                typeof data10 !== 'string' &&
                !(typeof data10 == 'number' && isFinite(data10)) &&
                typeof data10 !== 'boolean'
              ) {
                const err24 = {
                  instancePath: instancePath + '/jwt/claims/' + key3.replace(/~/g, '~0').replace(/\//g, '~1'),
                  schemaPath: '#/$defs/jwt/properties/claims/additionalProperties/type',
                  keyword: 'type',
                  params: { type: schema75.properties.claims.additionalProperties.type },
                };
                if (vErrors === null) {
                  vErrors = [err24];
                } else {
                  vErrors.push(err24);
                }
                errors++;
              }
            }
          } else {
            const err25 = {
              instancePath: instancePath + '/jwt/claims',
              schemaPath: '#/$defs/jwt/properties/claims/type',
              keyword: 'type',
              params: { type: 'object' },
            };
            if (vErrors === null) {
              vErrors = [err25];
            } else {
              vErrors.push(err25);
            }
            errors++;
          }
        }
        if (data1.algorithms !== undefined) {
          let data11 = data1.algorithms;
          if (Array.isArray(data11)) {
            if (data11.length < 1) {
              const err26 = {
                instancePath: instancePath + '/jwt/algorithms',
                schemaPath: '#/$defs/jwt/properties/algorithms/minItems',
                keyword: 'minItems',
                params: { limit: 1 },
              };
              if (vErrors === null) {
                vErrors = [err26];
              } else {
                vErrors.push(err26);
              }
              errors++;
            }
            const len1 = data11.length;
            for (let i1 = 0; i1 < len1; i1++) {
              let data12 = data11[i1];
              if (!(
                data12 === 'RS256' ||
                data12 === 'RS384' ||
                data12 === 'RS512' ||
                data12 === 'PS256' ||
                data12 === 'PS384' ||
                data12 === 'PS512' ||
                data12 === 'ES256' ||
                data12 === 'ES384' ||
                data12 === 'ES512' ||
                data12 === 'EdDSA'
              )) {
                const err27 = {
                  instancePath: instancePath + '/jwt/algorithms/' + i1,
                  schemaPath: '#/$defs/jwt/properties/algorithms/items/enum',
                  keyword: 'enum',
                  params: { allowedValues: schema75.properties.algorithms.items.enum },
                };
                if (vErrors === null) {
                  vErrors = [err27];
                } else {
                  vErrors.push(err27);
                }
                errors++;
              }
            }
          } else {
            const err28 = {
              instancePath: instancePath + '/jwt/algorithms',
              schemaPath: '#/$defs/jwt/properties/algorithms/type',
              keyword: 'type',
              params: { type: 'array' },
            };
            if (vErrors === null) {
              vErrors = [err28];
            } else {
              vErrors.push(err28);
            }
            errors++;
          }
        }
        if (data1.insecure !== undefined) {
          if (data1.private_addresses === undefined) {
            const err29 = {
              instancePath: instancePath + '/jwt',
              schemaPath: '#/$defs/jwt/dependentRequired',
              keyword: 'dependentRequired',
              params: {
                property: 'insecure',
                missingProperty: 'private_addresses',
                depsCount: 1,
                deps: 'private_addresses',
              },
            };
            if (vErrors === null) {
              vErrors = [err29];
            } else {
              vErrors.push(err29);
            }
            errors++;
          }
        }
      } else {
        const err30 = {
          instancePath: instancePath + '/jwt',
          schemaPath: '#/$defs/jwt/type',
          keyword: 'type',
          params: { type: 'object' },
        };
        if (vErrors === null) {
          vErrors = [err30];
        } else {
          vErrors.push(err30);
        }
        errors++;
      }
    }
  } else {
    const err31 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: 'object' } };
    if (vErrors === null) {
      vErrors = [err31];
    } else {
      vErrors.push(err31);
    }
    errors++;
  }
  validate44.errors = vErrors;
  return errors === 0;
}
validate44.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

const schema76 = {
  type: 'object',
  additionalProperties: false,
  oneOf: [{ required: ['server'] }, { required: ['toolbox'] }],
  properties: {
    server: { $ref: '#/$defs/name' },
    toolbox: { $ref: '#/$defs/name' },
    tools: {
      type: ['array', 'string'],
      pattern: '^\\*$',
      minItems: 1,
      items: { type: 'string', pattern: '^[^\\s\\0]{1,128}$' },
    },
    resources: { type: 'array', minItems: 1, maxItems: 256, items: { type: 'string', pattern: '^[^\\s\\0]{1,1024}$' } },
    prompts: {
      type: ['array', 'string'],
      pattern: '^\\*$',
      minItems: 1,
      items: { type: 'string', pattern: '^[^\\s\\0]{1,128}$' },
    },
    server_requests: { type: 'array', minItems: 1, items: { enum: ['sampling', 'elicitation', 'roots'] } },
    arguments: { type: 'object', additionalProperties: { type: 'object' } },
    set: { type: 'object' },
    expires: {
      type: 'string',
      pattern:
        '^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?$',
    },
    limits: { $ref: '#/$defs/limits' },
    audit: { type: 'object', additionalProperties: false, properties: { arguments: { enum: ['hmac', 'full'] } } },
  },
};
const pattern64 = new RegExp('^\\*$', 'u');
const pattern65 = new RegExp('^[^\\s\\0]{1,128}$', 'u');
const pattern66 = new RegExp('^[^\\s\\0]{1,1024}$', 'u');
const pattern69 = new RegExp(
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?$',
  'u',
);
const schema79 = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    rate: { type: 'string', pattern: '^[1-9][0-9]{0,6}/(?:s|min|h)$' },
    concurrent: { type: 'integer', minimum: 1, maximum: 10000 },
    timeout: { $ref: '#/$defs/duration' },
    result: { $ref: '#/$defs/size' },
  },
};
const pattern70 = new RegExp('^[1-9][0-9]{0,6}/(?:s|min|h)$', 'u');

function validate47(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate47.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (Object.keys(data).length < 1) {
      const err0 = { instancePath, schemaPath: '#/minProperties', keyword: 'minProperties', params: { limit: 1 } };
      if (vErrors === null) {
        vErrors = [err0];
      } else {
        vErrors.push(err0);
      }
      errors++;
    }
    for (const key0 in data) {
      if (!(key0 === 'rate' || key0 === 'concurrent' || key0 === 'timeout' || key0 === 'result')) {
        const err1 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err1];
        } else {
          vErrors.push(err1);
        }
        errors++;
      }
    }
    if (data.rate !== undefined) {
      let data0 = data.rate;
      if (typeof data0 === 'string') {
        if (!pattern70.test(data0)) {
          const err2 = {
            instancePath: instancePath + '/rate',
            schemaPath: '#/properties/rate/pattern',
            keyword: 'pattern',
            params: { pattern: '^[1-9][0-9]{0,6}/(?:s|min|h)$' },
          };
          if (vErrors === null) {
            vErrors = [err2];
          } else {
            vErrors.push(err2);
          }
          errors++;
        }
      } else {
        const err3 = {
          instancePath: instancePath + '/rate',
          schemaPath: '#/properties/rate/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err3];
        } else {
          vErrors.push(err3);
        }
        errors++;
      }
    }
    if (data.concurrent !== undefined) {
      let data1 = data.concurrent;
      if (!(typeof data1 == 'number' && !(data1 % 1) && !isNaN(data1) && isFinite(data1))) {
        const err4 = {
          instancePath: instancePath + '/concurrent',
          schemaPath: '#/properties/concurrent/type',
          keyword: 'type',
          params: { type: 'integer' },
        };
        if (vErrors === null) {
          vErrors = [err4];
        } else {
          vErrors.push(err4);
        }
        errors++;
      }
      if (typeof data1 == 'number' && isFinite(data1)) {
        if (data1 > 10000 || isNaN(data1)) {
          const err5 = {
            instancePath: instancePath + '/concurrent',
            schemaPath: '#/properties/concurrent/maximum',
            keyword: 'maximum',
            params: { comparison: '<=', limit: 10000 },
          };
          if (vErrors === null) {
            vErrors = [err5];
          } else {
            vErrors.push(err5);
          }
          errors++;
        }
        if (data1 < 1 || isNaN(data1)) {
          const err6 = {
            instancePath: instancePath + '/concurrent',
            schemaPath: '#/properties/concurrent/minimum',
            keyword: 'minimum',
            params: { comparison: '>=', limit: 1 },
          };
          if (vErrors === null) {
            vErrors = [err6];
          } else {
            vErrors.push(err6);
          }
          errors++;
        }
      }
    }
    if (data.timeout !== undefined) {
      let data2 = data.timeout;
      if (typeof data2 === 'string') {
        if (!pattern47.test(data2)) {
          const err7 = {
            instancePath: instancePath + '/timeout',
            schemaPath: '#/$defs/duration/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?=.)(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?$' },
          };
          if (vErrors === null) {
            vErrors = [err7];
          } else {
            vErrors.push(err7);
          }
          errors++;
        }
      } else {
        const err8 = {
          instancePath: instancePath + '/timeout',
          schemaPath: '#/$defs/duration/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err8];
        } else {
          vErrors.push(err8);
        }
        errors++;
      }
    }
    if (data.result !== undefined) {
      let data3 = data.result;
      if (
        typeof data3 !== 'string' &&
        !(typeof data3 == 'number' && !(data3 % 1) && !isNaN(data3) && isFinite(data3))
      ) {
        const err9 = {
          instancePath: instancePath + '/result',
          schemaPath: '#/$defs/size/type',
          keyword: 'type',
          params: { type: schema71.type },
        };
        if (vErrors === null) {
          vErrors = [err9];
        } else {
          vErrors.push(err9);
        }
        errors++;
      }
      if (typeof data3 == 'number' && isFinite(data3)) {
        if (data3 > 9007199254740991 || isNaN(data3)) {
          const err10 = {
            instancePath: instancePath + '/result',
            schemaPath: '#/$defs/size/maximum',
            keyword: 'maximum',
            params: { comparison: '<=', limit: 9007199254740991 },
          };
          if (vErrors === null) {
            vErrors = [err10];
          } else {
            vErrors.push(err10);
          }
          errors++;
        }
        if (data3 < 0 || isNaN(data3)) {
          const err11 = {
            instancePath: instancePath + '/result',
            schemaPath: '#/$defs/size/minimum',
            keyword: 'minimum',
            params: { comparison: '>=', limit: 0 },
          };
          if (vErrors === null) {
            vErrors = [err11];
          } else {
            vErrors.push(err11);
          }
          errors++;
        }
      }
      if (typeof data3 === 'string') {
        if (!pattern53.test(data3)) {
          const err12 = {
            instancePath: instancePath + '/result',
            schemaPath: '#/$defs/size/pattern',
            keyword: 'pattern',
            params: { pattern: '^[0-9]{1,15}(?:\\.[0-9]{1,6})?(?:[KMGT]i|[kKMGT])?B?$' },
          };
          if (vErrors === null) {
            vErrors = [err12];
          } else {
            vErrors.push(err12);
          }
          errors++;
        }
      }
    }
  } else {
    const err13 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: 'object' } };
    if (vErrors === null) {
      vErrors = [err13];
    } else {
      vErrors.push(err13);
    }
    errors++;
  }
  validate47.errors = vErrors;
  return errors === 0;
}
validate47.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

function validate46(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate46.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  const _errs1 = errors;
  let valid0 = false;
  let passing0 = null;
  const _errs2 = errors;
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.server === undefined) {
      const err0 = {
        instancePath,
        schemaPath: '#/oneOf/0/required',
        keyword: 'required',
        params: { missingProperty: 'server' },
      };
      if (vErrors === null) {
        vErrors = [err0];
      } else {
        vErrors.push(err0);
      }
      errors++;
    }
  }
  var _valid0 = _errs2 === errors;
  if (_valid0) {
    valid0 = true;
    passing0 = 0;
  }
  const _errs3 = errors;
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.toolbox === undefined) {
      const err1 = {
        instancePath,
        schemaPath: '#/oneOf/1/required',
        keyword: 'required',
        params: { missingProperty: 'toolbox' },
      };
      if (vErrors === null) {
        vErrors = [err1];
      } else {
        vErrors.push(err1);
      }
      errors++;
    }
  }
  var _valid0 = _errs3 === errors;
  if (_valid0 && valid0) {
    valid0 = false;
    passing0 = [passing0, 1];
  } else {
    if (_valid0) {
      valid0 = true;
      passing0 = 1;
    }
  }
  if (!valid0) {
    const err2 = { instancePath, schemaPath: '#/oneOf', keyword: 'oneOf', params: { passingSchemas: passing0 } };
    if (vErrors === null) {
      vErrors = [err2];
    } else {
      vErrors.push(err2);
    }
    errors++;
  } else {
    errors = _errs1;
    if (vErrors !== null) {
      if (_errs1) {
        vErrors.length = _errs1;
      } else {
        vErrors = null;
      }
    }
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!func1.call(schema76.properties, key0)) {
        const err3 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err3];
        } else {
          vErrors.push(err3);
        }
        errors++;
      }
    }
    if (data.server !== undefined) {
      let data0 = data.server;
      if (typeof data0 === 'string') {
        if (!pattern4.test(data0)) {
          const err4 = {
            instancePath: instancePath + '/server',
            schemaPath: '#/$defs/name/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
          };
          if (vErrors === null) {
            vErrors = [err4];
          } else {
            vErrors.push(err4);
          }
          errors++;
        }
      } else {
        const err5 = {
          instancePath: instancePath + '/server',
          schemaPath: '#/$defs/name/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err5];
        } else {
          vErrors.push(err5);
        }
        errors++;
      }
    }
    if (data.toolbox !== undefined) {
      let data1 = data.toolbox;
      if (typeof data1 === 'string') {
        if (!pattern4.test(data1)) {
          const err6 = {
            instancePath: instancePath + '/toolbox',
            schemaPath: '#/$defs/name/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
          };
          if (vErrors === null) {
            vErrors = [err6];
          } else {
            vErrors.push(err6);
          }
          errors++;
        }
      } else {
        const err7 = {
          instancePath: instancePath + '/toolbox',
          schemaPath: '#/$defs/name/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err7];
        } else {
          vErrors.push(err7);
        }
        errors++;
      }
    }
    if (data.tools !== undefined) {
      let data2 = data.tools;
      if (!Array.isArray(data2) && typeof data2 !== 'string') {
        const err8 = {
          instancePath: instancePath + '/tools',
          schemaPath: '#/properties/tools/type',
          keyword: 'type',
          params: { type: schema76.properties.tools.type },
        };
        if (vErrors === null) {
          vErrors = [err8];
        } else {
          vErrors.push(err8);
        }
        errors++;
      }
      if (typeof data2 === 'string') {
        if (!pattern64.test(data2)) {
          const err9 = {
            instancePath: instancePath + '/tools',
            schemaPath: '#/properties/tools/pattern',
            keyword: 'pattern',
            params: { pattern: '^\\*$' },
          };
          if (vErrors === null) {
            vErrors = [err9];
          } else {
            vErrors.push(err9);
          }
          errors++;
        }
      }
      if (Array.isArray(data2)) {
        if (data2.length < 1) {
          const err10 = {
            instancePath: instancePath + '/tools',
            schemaPath: '#/properties/tools/minItems',
            keyword: 'minItems',
            params: { limit: 1 },
          };
          if (vErrors === null) {
            vErrors = [err10];
          } else {
            vErrors.push(err10);
          }
          errors++;
        }
        const len0 = data2.length;
        for (let i0 = 0; i0 < len0; i0++) {
          let data3 = data2[i0];
          if (typeof data3 === 'string') {
            if (!pattern65.test(data3)) {
              const err11 = {
                instancePath: instancePath + '/tools/' + i0,
                schemaPath: '#/properties/tools/items/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\s\\0]{1,128}$' },
              };
              if (vErrors === null) {
                vErrors = [err11];
              } else {
                vErrors.push(err11);
              }
              errors++;
            }
          } else {
            const err12 = {
              instancePath: instancePath + '/tools/' + i0,
              schemaPath: '#/properties/tools/items/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err12];
            } else {
              vErrors.push(err12);
            }
            errors++;
          }
        }
      }
    }
    if (data.resources !== undefined) {
      let data4 = data.resources;
      if (Array.isArray(data4)) {
        if (data4.length > 256) {
          const err13 = {
            instancePath: instancePath + '/resources',
            schemaPath: '#/properties/resources/maxItems',
            keyword: 'maxItems',
            params: { limit: 256 },
          };
          if (vErrors === null) {
            vErrors = [err13];
          } else {
            vErrors.push(err13);
          }
          errors++;
        }
        if (data4.length < 1) {
          const err14 = {
            instancePath: instancePath + '/resources',
            schemaPath: '#/properties/resources/minItems',
            keyword: 'minItems',
            params: { limit: 1 },
          };
          if (vErrors === null) {
            vErrors = [err14];
          } else {
            vErrors.push(err14);
          }
          errors++;
        }
        const len1 = data4.length;
        for (let i1 = 0; i1 < len1; i1++) {
          let data5 = data4[i1];
          if (typeof data5 === 'string') {
            if (!pattern66.test(data5)) {
              const err15 = {
                instancePath: instancePath + '/resources/' + i1,
                schemaPath: '#/properties/resources/items/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\s\\0]{1,1024}$' },
              };
              if (vErrors === null) {
                vErrors = [err15];
              } else {
                vErrors.push(err15);
              }
              errors++;
            }
          } else {
            const err16 = {
              instancePath: instancePath + '/resources/' + i1,
              schemaPath: '#/properties/resources/items/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err16];
            } else {
              vErrors.push(err16);
            }
            errors++;
          }
        }
      } else {
        const err17 = {
          instancePath: instancePath + '/resources',
          schemaPath: '#/properties/resources/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err17];
        } else {
          vErrors.push(err17);
        }
        errors++;
      }
    }
    if (data.prompts !== undefined) {
      let data6 = data.prompts;
      if (!Array.isArray(data6) && typeof data6 !== 'string') {
        const err18 = {
          instancePath: instancePath + '/prompts',
          schemaPath: '#/properties/prompts/type',
          keyword: 'type',
          params: { type: schema76.properties.prompts.type },
        };
        if (vErrors === null) {
          vErrors = [err18];
        } else {
          vErrors.push(err18);
        }
        errors++;
      }
      if (typeof data6 === 'string') {
        if (!pattern64.test(data6)) {
          const err19 = {
            instancePath: instancePath + '/prompts',
            schemaPath: '#/properties/prompts/pattern',
            keyword: 'pattern',
            params: { pattern: '^\\*$' },
          };
          if (vErrors === null) {
            vErrors = [err19];
          } else {
            vErrors.push(err19);
          }
          errors++;
        }
      }
      if (Array.isArray(data6)) {
        if (data6.length < 1) {
          const err20 = {
            instancePath: instancePath + '/prompts',
            schemaPath: '#/properties/prompts/minItems',
            keyword: 'minItems',
            params: { limit: 1 },
          };
          if (vErrors === null) {
            vErrors = [err20];
          } else {
            vErrors.push(err20);
          }
          errors++;
        }
        const len2 = data6.length;
        for (let i2 = 0; i2 < len2; i2++) {
          let data7 = data6[i2];
          if (typeof data7 === 'string') {
            if (!pattern65.test(data7)) {
              const err21 = {
                instancePath: instancePath + '/prompts/' + i2,
                schemaPath: '#/properties/prompts/items/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\s\\0]{1,128}$' },
              };
              if (vErrors === null) {
                vErrors = [err21];
              } else {
                vErrors.push(err21);
              }
              errors++;
            }
          } else {
            const err22 = {
              instancePath: instancePath + '/prompts/' + i2,
              schemaPath: '#/properties/prompts/items/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err22];
            } else {
              vErrors.push(err22);
            }
            errors++;
          }
        }
      }
    }
    if (data.server_requests !== undefined) {
      let data8 = data.server_requests;
      if (Array.isArray(data8)) {
        if (data8.length < 1) {
          const err23 = {
            instancePath: instancePath + '/server_requests',
            schemaPath: '#/properties/server_requests/minItems',
            keyword: 'minItems',
            params: { limit: 1 },
          };
          if (vErrors === null) {
            vErrors = [err23];
          } else {
            vErrors.push(err23);
          }
          errors++;
        }
        const len3 = data8.length;
        for (let i3 = 0; i3 < len3; i3++) {
          let data9 = data8[i3];
          if (!(data9 === 'sampling' || data9 === 'elicitation' || data9 === 'roots')) {
            const err24 = {
              instancePath: instancePath + '/server_requests/' + i3,
              schemaPath: '#/properties/server_requests/items/enum',
              keyword: 'enum',
              params: { allowedValues: schema76.properties.server_requests.items.enum },
            };
            if (vErrors === null) {
              vErrors = [err24];
            } else {
              vErrors.push(err24);
            }
            errors++;
          }
        }
      } else {
        const err25 = {
          instancePath: instancePath + '/server_requests',
          schemaPath: '#/properties/server_requests/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err25];
        } else {
          vErrors.push(err25);
        }
        errors++;
      }
    }
    if (data.arguments !== undefined) {
      let data10 = data.arguments;
      if (data10 && typeof data10 == 'object' && !Array.isArray(data10)) {
        for (const key1 in data10) {
          let data11 = data10[key1];
          if (!(data11 && typeof data11 == 'object' && !Array.isArray(data11))) {
            const err26 = {
              instancePath: instancePath + '/arguments/' + key1.replace(/~/g, '~0').replace(/\//g, '~1'),
              schemaPath: '#/properties/arguments/additionalProperties/type',
              keyword: 'type',
              params: { type: 'object' },
            };
            if (vErrors === null) {
              vErrors = [err26];
            } else {
              vErrors.push(err26);
            }
            errors++;
          }
        }
      } else {
        const err27 = {
          instancePath: instancePath + '/arguments',
          schemaPath: '#/properties/arguments/type',
          keyword: 'type',
          params: { type: 'object' },
        };
        if (vErrors === null) {
          vErrors = [err27];
        } else {
          vErrors.push(err27);
        }
        errors++;
      }
    }
    if (data.set !== undefined) {
      let data12 = data.set;
      if (!(data12 && typeof data12 == 'object' && !Array.isArray(data12))) {
        const err28 = {
          instancePath: instancePath + '/set',
          schemaPath: '#/properties/set/type',
          keyword: 'type',
          params: { type: 'object' },
        };
        if (vErrors === null) {
          vErrors = [err28];
        } else {
          vErrors.push(err28);
        }
        errors++;
      }
    }
    if (data.expires !== undefined) {
      let data13 = data.expires;
      if (typeof data13 === 'string') {
        if (!pattern69.test(data13)) {
          const err29 = {
            instancePath: instancePath + '/expires',
            schemaPath: '#/properties/expires/pattern',
            keyword: 'pattern',
            params: {
              pattern:
                '^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?$',
            },
          };
          if (vErrors === null) {
            vErrors = [err29];
          } else {
            vErrors.push(err29);
          }
          errors++;
        }
      } else {
        const err30 = {
          instancePath: instancePath + '/expires',
          schemaPath: '#/properties/expires/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err30];
        } else {
          vErrors.push(err30);
        }
        errors++;
      }
    }
    if (data.limits !== undefined) {
      if (
        !validate47(data.limits, {
          instancePath: instancePath + '/limits',
          parentData: data,
          parentDataProperty: 'limits',
          rootData,
          dynamicAnchors,
        })
      ) {
        vErrors = vErrors === null ? validate47.errors : vErrors.concat(validate47.errors);
        errors = vErrors.length;
      }
    }
    if (data.audit !== undefined) {
      let data15 = data.audit;
      if (data15 && typeof data15 == 'object' && !Array.isArray(data15)) {
        for (const key2 in data15) {
          if (!(key2 === 'arguments')) {
            const err31 = {
              instancePath: instancePath + '/audit',
              schemaPath: '#/properties/audit/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key2 },
            };
            if (vErrors === null) {
              vErrors = [err31];
            } else {
              vErrors.push(err31);
            }
            errors++;
          }
        }
        if (data15.arguments !== undefined) {
          let data16 = data15.arguments;
          if (!(data16 === 'hmac' || data16 === 'full')) {
            const err32 = {
              instancePath: instancePath + '/audit/arguments',
              schemaPath: '#/properties/audit/properties/arguments/enum',
              keyword: 'enum',
              params: { allowedValues: schema76.properties.audit.properties.arguments.enum },
            };
            if (vErrors === null) {
              vErrors = [err32];
            } else {
              vErrors.push(err32);
            }
            errors++;
          }
        }
      } else {
        const err33 = {
          instancePath: instancePath + '/audit',
          schemaPath: '#/properties/audit/type',
          keyword: 'type',
          params: { type: 'object' },
        };
        if (vErrors === null) {
          vErrors = [err33];
        } else {
          vErrors.push(err33);
        }
        errors++;
      }
    }
  } else {
    const err34 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: 'object' } };
    if (vErrors === null) {
      vErrors = [err34];
    } else {
      vErrors.push(err34);
    }
    errors++;
  }
  validate46.errors = vErrors;
  return errors === 0;
}
validate46.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

const schema82 = {
  type: 'object',
  additionalProperties: false,
  oneOf: [{ required: ['server'] }, { required: ['toolbox'] }],
  properties: {
    server: { $ref: '#/$defs/name' },
    toolbox: { $ref: '#/$defs/name' },
    tools: {
      type: ['array', 'string'],
      pattern: '^\\*$',
      minItems: 1,
      items: { type: 'string', pattern: '^[^\\s\\0]{1,128}$' },
    },
    resources: { type: 'array', minItems: 1, items: { type: 'string', pattern: '^[^\\s\\0]{1,1024}$' } },
    prompts: {
      type: ['array', 'string'],
      pattern: '^\\*$',
      minItems: 1,
      items: { type: 'string', pattern: '^[^\\s\\0]{1,128}$' },
    },
    arguments: { type: 'object', additionalProperties: { type: 'object' } },
  },
};

function validate50(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate50.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  const _errs1 = errors;
  let valid0 = false;
  let passing0 = null;
  const _errs2 = errors;
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.server === undefined) {
      const err0 = {
        instancePath,
        schemaPath: '#/oneOf/0/required',
        keyword: 'required',
        params: { missingProperty: 'server' },
      };
      if (vErrors === null) {
        vErrors = [err0];
      } else {
        vErrors.push(err0);
      }
      errors++;
    }
  }
  var _valid0 = _errs2 === errors;
  if (_valid0) {
    valid0 = true;
    passing0 = 0;
  }
  const _errs3 = errors;
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.toolbox === undefined) {
      const err1 = {
        instancePath,
        schemaPath: '#/oneOf/1/required',
        keyword: 'required',
        params: { missingProperty: 'toolbox' },
      };
      if (vErrors === null) {
        vErrors = [err1];
      } else {
        vErrors.push(err1);
      }
      errors++;
    }
  }
  var _valid0 = _errs3 === errors;
  if (_valid0 && valid0) {
    valid0 = false;
    passing0 = [passing0, 1];
  } else {
    if (_valid0) {
      valid0 = true;
      passing0 = 1;
    }
  }
  if (!valid0) {
    const err2 = { instancePath, schemaPath: '#/oneOf', keyword: 'oneOf', params: { passingSchemas: passing0 } };
    if (vErrors === null) {
      vErrors = [err2];
    } else {
      vErrors.push(err2);
    }
    errors++;
  } else {
    errors = _errs1;
    if (vErrors !== null) {
      if (_errs1) {
        vErrors.length = _errs1;
      } else {
        vErrors = null;
      }
    }
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!(
        key0 === 'server' ||
        key0 === 'toolbox' ||
        key0 === 'tools' ||
        key0 === 'resources' ||
        key0 === 'prompts' ||
        key0 === 'arguments'
      )) {
        const err3 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err3];
        } else {
          vErrors.push(err3);
        }
        errors++;
      }
    }
    if (data.server !== undefined) {
      let data0 = data.server;
      if (typeof data0 === 'string') {
        if (!pattern4.test(data0)) {
          const err4 = {
            instancePath: instancePath + '/server',
            schemaPath: '#/$defs/name/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
          };
          if (vErrors === null) {
            vErrors = [err4];
          } else {
            vErrors.push(err4);
          }
          errors++;
        }
      } else {
        const err5 = {
          instancePath: instancePath + '/server',
          schemaPath: '#/$defs/name/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err5];
        } else {
          vErrors.push(err5);
        }
        errors++;
      }
    }
    if (data.toolbox !== undefined) {
      let data1 = data.toolbox;
      if (typeof data1 === 'string') {
        if (!pattern4.test(data1)) {
          const err6 = {
            instancePath: instancePath + '/toolbox',
            schemaPath: '#/$defs/name/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
          };
          if (vErrors === null) {
            vErrors = [err6];
          } else {
            vErrors.push(err6);
          }
          errors++;
        }
      } else {
        const err7 = {
          instancePath: instancePath + '/toolbox',
          schemaPath: '#/$defs/name/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err7];
        } else {
          vErrors.push(err7);
        }
        errors++;
      }
    }
    if (data.tools !== undefined) {
      let data2 = data.tools;
      if (!Array.isArray(data2) && typeof data2 !== 'string') {
        const err8 = {
          instancePath: instancePath + '/tools',
          schemaPath: '#/properties/tools/type',
          keyword: 'type',
          params: { type: schema82.properties.tools.type },
        };
        if (vErrors === null) {
          vErrors = [err8];
        } else {
          vErrors.push(err8);
        }
        errors++;
      }
      if (typeof data2 === 'string') {
        if (!pattern64.test(data2)) {
          const err9 = {
            instancePath: instancePath + '/tools',
            schemaPath: '#/properties/tools/pattern',
            keyword: 'pattern',
            params: { pattern: '^\\*$' },
          };
          if (vErrors === null) {
            vErrors = [err9];
          } else {
            vErrors.push(err9);
          }
          errors++;
        }
      }
      if (Array.isArray(data2)) {
        if (data2.length < 1) {
          const err10 = {
            instancePath: instancePath + '/tools',
            schemaPath: '#/properties/tools/minItems',
            keyword: 'minItems',
            params: { limit: 1 },
          };
          if (vErrors === null) {
            vErrors = [err10];
          } else {
            vErrors.push(err10);
          }
          errors++;
        }
        const len0 = data2.length;
        for (let i0 = 0; i0 < len0; i0++) {
          let data3 = data2[i0];
          if (typeof data3 === 'string') {
            if (!pattern65.test(data3)) {
              const err11 = {
                instancePath: instancePath + '/tools/' + i0,
                schemaPath: '#/properties/tools/items/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\s\\0]{1,128}$' },
              };
              if (vErrors === null) {
                vErrors = [err11];
              } else {
                vErrors.push(err11);
              }
              errors++;
            }
          } else {
            const err12 = {
              instancePath: instancePath + '/tools/' + i0,
              schemaPath: '#/properties/tools/items/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err12];
            } else {
              vErrors.push(err12);
            }
            errors++;
          }
        }
      }
    }
    if (data.resources !== undefined) {
      let data4 = data.resources;
      if (Array.isArray(data4)) {
        if (data4.length < 1) {
          const err13 = {
            instancePath: instancePath + '/resources',
            schemaPath: '#/properties/resources/minItems',
            keyword: 'minItems',
            params: { limit: 1 },
          };
          if (vErrors === null) {
            vErrors = [err13];
          } else {
            vErrors.push(err13);
          }
          errors++;
        }
        const len1 = data4.length;
        for (let i1 = 0; i1 < len1; i1++) {
          let data5 = data4[i1];
          if (typeof data5 === 'string') {
            if (!pattern66.test(data5)) {
              const err14 = {
                instancePath: instancePath + '/resources/' + i1,
                schemaPath: '#/properties/resources/items/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\s\\0]{1,1024}$' },
              };
              if (vErrors === null) {
                vErrors = [err14];
              } else {
                vErrors.push(err14);
              }
              errors++;
            }
          } else {
            const err15 = {
              instancePath: instancePath + '/resources/' + i1,
              schemaPath: '#/properties/resources/items/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err15];
            } else {
              vErrors.push(err15);
            }
            errors++;
          }
        }
      } else {
        const err16 = {
          instancePath: instancePath + '/resources',
          schemaPath: '#/properties/resources/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err16];
        } else {
          vErrors.push(err16);
        }
        errors++;
      }
    }
    if (data.prompts !== undefined) {
      let data6 = data.prompts;
      if (!Array.isArray(data6) && typeof data6 !== 'string') {
        const err17 = {
          instancePath: instancePath + '/prompts',
          schemaPath: '#/properties/prompts/type',
          keyword: 'type',
          params: { type: schema82.properties.prompts.type },
        };
        if (vErrors === null) {
          vErrors = [err17];
        } else {
          vErrors.push(err17);
        }
        errors++;
      }
      if (typeof data6 === 'string') {
        if (!pattern64.test(data6)) {
          const err18 = {
            instancePath: instancePath + '/prompts',
            schemaPath: '#/properties/prompts/pattern',
            keyword: 'pattern',
            params: { pattern: '^\\*$' },
          };
          if (vErrors === null) {
            vErrors = [err18];
          } else {
            vErrors.push(err18);
          }
          errors++;
        }
      }
      if (Array.isArray(data6)) {
        if (data6.length < 1) {
          const err19 = {
            instancePath: instancePath + '/prompts',
            schemaPath: '#/properties/prompts/minItems',
            keyword: 'minItems',
            params: { limit: 1 },
          };
          if (vErrors === null) {
            vErrors = [err19];
          } else {
            vErrors.push(err19);
          }
          errors++;
        }
        const len2 = data6.length;
        for (let i2 = 0; i2 < len2; i2++) {
          let data7 = data6[i2];
          if (typeof data7 === 'string') {
            if (!pattern65.test(data7)) {
              const err20 = {
                instancePath: instancePath + '/prompts/' + i2,
                schemaPath: '#/properties/prompts/items/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\s\\0]{1,128}$' },
              };
              if (vErrors === null) {
                vErrors = [err20];
              } else {
                vErrors.push(err20);
              }
              errors++;
            }
          } else {
            const err21 = {
              instancePath: instancePath + '/prompts/' + i2,
              schemaPath: '#/properties/prompts/items/type',
              keyword: 'type',
              params: { type: 'string' },
            };
            if (vErrors === null) {
              vErrors = [err21];
            } else {
              vErrors.push(err21);
            }
            errors++;
          }
        }
      }
    }
    if (data.arguments !== undefined) {
      let data8 = data.arguments;
      if (data8 && typeof data8 == 'object' && !Array.isArray(data8)) {
        for (const key1 in data8) {
          let data9 = data8[key1];
          if (!(data9 && typeof data9 == 'object' && !Array.isArray(data9))) {
            const err22 = {
              instancePath: instancePath + '/arguments/' + key1.replace(/~/g, '~0').replace(/\//g, '~1'),
              schemaPath: '#/properties/arguments/additionalProperties/type',
              keyword: 'type',
              params: { type: 'object' },
            };
            if (vErrors === null) {
              vErrors = [err22];
            } else {
              vErrors.push(err22);
            }
            errors++;
          }
        }
      } else {
        const err23 = {
          instancePath: instancePath + '/arguments',
          schemaPath: '#/properties/arguments/type',
          keyword: 'type',
          params: { type: 'object' },
        };
        if (vErrors === null) {
          vErrors = [err23];
        } else {
          vErrors.push(err23);
        }
        errors++;
      }
    }
  } else {
    const err24 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: 'object' } };
    if (vErrors === null) {
      vErrors = [err24];
    } else {
      vErrors.push(err24);
    }
    errors++;
  }
  validate50.errors = vErrors;
  return errors === 0;
}
validate50.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

function validate43(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate43.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.authenticate === undefined) {
      const err0 = {
        instancePath,
        schemaPath: '#/required',
        keyword: 'required',
        params: { missingProperty: 'authenticate' },
      };
      if (vErrors === null) {
        vErrors = [err0];
      } else {
        vErrors.push(err0);
      }
      errors++;
    }
    for (const key0 in data) {
      if (!(key0 === 'authenticate' || key0 === 'grants' || key0 === 'deny')) {
        const err1 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err1];
        } else {
          vErrors.push(err1);
        }
        errors++;
      }
    }
    if (data.authenticate !== undefined) {
      let data0 = data.authenticate;
      if (Array.isArray(data0)) {
        if (data0.length < 1) {
          const err2 = {
            instancePath: instancePath + '/authenticate',
            schemaPath: '#/properties/authenticate/minItems',
            keyword: 'minItems',
            params: { limit: 1 },
          };
          if (vErrors === null) {
            vErrors = [err2];
          } else {
            vErrors.push(err2);
          }
          errors++;
        }
        const len0 = data0.length;
        for (let i0 = 0; i0 < len0; i0++) {
          if (
            !validate44(data0[i0], {
              instancePath: instancePath + '/authenticate/' + i0,
              parentData: data0,
              parentDataProperty: i0,
              rootData,
              dynamicAnchors,
            })
          ) {
            vErrors = vErrors === null ? validate44.errors : vErrors.concat(validate44.errors);
            errors = vErrors.length;
          }
        }
      } else {
        const err3 = {
          instancePath: instancePath + '/authenticate',
          schemaPath: '#/properties/authenticate/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err3];
        } else {
          vErrors.push(err3);
        }
        errors++;
      }
    }
    if (data.grants !== undefined) {
      let data2 = data.grants;
      if (Array.isArray(data2)) {
        const len1 = data2.length;
        for (let i1 = 0; i1 < len1; i1++) {
          if (
            !validate46(data2[i1], {
              instancePath: instancePath + '/grants/' + i1,
              parentData: data2,
              parentDataProperty: i1,
              rootData,
              dynamicAnchors,
            })
          ) {
            vErrors = vErrors === null ? validate46.errors : vErrors.concat(validate46.errors);
            errors = vErrors.length;
          }
        }
      } else {
        const err4 = {
          instancePath: instancePath + '/grants',
          schemaPath: '#/properties/grants/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err4];
        } else {
          vErrors.push(err4);
        }
        errors++;
      }
    }
    if (data.deny !== undefined) {
      let data4 = data.deny;
      if (Array.isArray(data4)) {
        const len2 = data4.length;
        for (let i2 = 0; i2 < len2; i2++) {
          if (
            !validate50(data4[i2], {
              instancePath: instancePath + '/deny/' + i2,
              parentData: data4,
              parentDataProperty: i2,
              rootData,
              dynamicAnchors,
            })
          ) {
            vErrors = vErrors === null ? validate50.errors : vErrors.concat(validate50.errors);
            errors = vErrors.length;
          }
        }
      } else {
        const err5 = {
          instancePath: instancePath + '/deny',
          schemaPath: '#/properties/deny/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err5];
        } else {
          vErrors.push(err5);
        }
        errors++;
      }
    }
  } else {
    const err6 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: 'object' } };
    if (vErrors === null) {
      vErrors = [err6];
    } else {
      vErrors.push(err6);
    }
    errors++;
  }
  validate43.errors = vErrors;
  return errors === 0;
}
validate43.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

function validate20(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  /*# sourceURL="urn:toolcrib:toolbox:1" */ let vErrors = null;
  let errors = 0;
  const evaluated0 = validate20.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.version === undefined) {
      const err0 = {
        instancePath,
        schemaPath: '#/required',
        keyword: 'required',
        params: { missingProperty: 'version' },
      };
      if (vErrors === null) {
        vErrors = [err0];
      } else {
        vErrors.push(err0);
      }
      errors++;
    }
    if (data.toolbox === undefined) {
      const err1 = {
        instancePath,
        schemaPath: '#/required',
        keyword: 'required',
        params: { missingProperty: 'toolbox' },
      };
      if (vErrors === null) {
        vErrors = [err1];
      } else {
        vErrors.push(err1);
      }
      errors++;
    }
    for (const key0 in data) {
      if (!func1.call(schema31.properties, key0)) {
        const err2 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
        };
        if (vErrors === null) {
          vErrors = [err2];
        } else {
          vErrors.push(err2);
        }
        errors++;
      }
    }
    if (data.version !== undefined) {
      let data0 = data.version;
      if (!(typeof data0 == 'number' && !(data0 % 1) && !isNaN(data0) && isFinite(data0))) {
        const err3 = {
          instancePath: instancePath + '/version',
          schemaPath: '#/properties/version/type',
          keyword: 'type',
          params: { type: 'integer' },
        };
        if (vErrors === null) {
          vErrors = [err3];
        } else {
          vErrors.push(err3);
        }
        errors++;
      }
      if (1 !== data0) {
        const err4 = {
          instancePath: instancePath + '/version',
          schemaPath: '#/properties/version/const',
          keyword: 'const',
          params: { allowedValue: 1 },
        };
        if (vErrors === null) {
          vErrors = [err4];
        } else {
          vErrors.push(err4);
        }
        errors++;
      }
    }
    if (data.toolbox !== undefined) {
      let data1 = data.toolbox;
      if (typeof data1 === 'string') {
        if (!pattern4.test(data1)) {
          const err5 = {
            instancePath: instancePath + '/toolbox',
            schemaPath: '#/$defs/name/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
          };
          if (vErrors === null) {
            vErrors = [err5];
          } else {
            vErrors.push(err5);
          }
          errors++;
        }
      } else {
        const err6 = {
          instancePath: instancePath + '/toolbox',
          schemaPath: '#/$defs/name/type',
          keyword: 'type',
          params: { type: 'string' },
        };
        if (vErrors === null) {
          vErrors = [err6];
        } else {
          vErrors.push(err6);
        }
        errors++;
      }
    }
    if (data.project !== undefined) {
      if (
        !validate21(data.project, {
          instancePath: instancePath + '/project',
          parentData: data,
          parentDataProperty: 'project',
          rootData,
          dynamicAnchors,
        })
      ) {
        vErrors = vErrors === null ? validate21.errors : vErrors.concat(validate21.errors);
        errors = vErrors.length;
      }
    }
    if (data.variables !== undefined) {
      let data3 = data.variables;
      if (!(data3 && typeof data3 == 'object' && !Array.isArray(data3)) && data3 !== null) {
        const err7 = {
          instancePath: instancePath + '/variables',
          schemaPath: '#/properties/variables/type',
          keyword: 'type',
          params: { type: schema31.properties.variables.type },
        };
        if (vErrors === null) {
          vErrors = [err7];
        } else {
          vErrors.push(err7);
        }
        errors++;
      }
      if (data3 && typeof data3 == 'object' && !Array.isArray(data3)) {
        for (const key1 in data3) {
          const _errs10 = errors;
          if (typeof key1 === 'string') {
            if (!pattern4.test(key1)) {
              const err8 = {
                instancePath: instancePath + '/variables',
                schemaPath: '#/$defs/name/pattern',
                keyword: 'pattern',
                params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
                propertyName: key1,
              };
              if (vErrors === null) {
                vErrors = [err8];
              } else {
                vErrors.push(err8);
              }
              errors++;
            }
          } else {
            const err9 = {
              instancePath: instancePath + '/variables',
              schemaPath: '#/$defs/name/type',
              keyword: 'type',
              params: { type: 'string' },
              propertyName: key1,
            };
            if (vErrors === null) {
              vErrors = [err9];
            } else {
              vErrors.push(err9);
            }
            errors++;
          }
          var valid2 = _errs10 === errors;
          if (!valid2) {
            const err10 = {
              instancePath: instancePath + '/variables',
              schemaPath: '#/properties/variables/propertyNames',
              keyword: 'propertyNames',
              params: { propertyName: key1 },
            };
            if (vErrors === null) {
              vErrors = [err10];
            } else {
              vErrors.push(err10);
            }
            errors++;
          }
        }
        for (const key2 in data3) {
          let data4 = data3[key2];
          if (!(data4 && typeof data4 == 'object' && !Array.isArray(data4)) && data4 !== null) {
            const err11 = {
              instancePath: instancePath + '/variables/' + key2.replace(/~/g, '~0').replace(/\//g, '~1'),
              schemaPath: '#/$defs/variable/type',
              keyword: 'type',
              params: { type: schema48.type },
            };
            if (vErrors === null) {
              vErrors = [err11];
            } else {
              vErrors.push(err11);
            }
            errors++;
          }
          if (data4 && typeof data4 == 'object' && !Array.isArray(data4)) {
            for (const key3 in data4) {
              if (!(key3 === 'default' || key3 === 'description')) {
                const err12 = {
                  instancePath: instancePath + '/variables/' + key2.replace(/~/g, '~0').replace(/\//g, '~1'),
                  schemaPath: '#/$defs/variable/additionalProperties',
                  keyword: 'additionalProperties',
                  params: { additionalProperty: key3 },
                };
                if (vErrors === null) {
                  vErrors = [err12];
                } else {
                  vErrors.push(err12);
                }
                errors++;
              }
            }
            if (data4.default !== undefined) {
              let data5 = data4.default;
              if (
                typeof data5 !== 'string' &&
                !(typeof data5 == 'number' && isFinite(data5)) &&
                typeof data5 !== 'boolean'
              ) {
                const err13 = {
                  instancePath:
                    instancePath + '/variables/' + key2.replace(/~/g, '~0').replace(/\//g, '~1') + '/default',
                  schemaPath: '#/$defs/variable/properties/default/type',
                  keyword: 'type',
                  params: { type: schema48.properties.default.type },
                };
                if (vErrors === null) {
                  vErrors = [err13];
                } else {
                  vErrors.push(err13);
                }
                errors++;
              }
            }
            if (data4.description !== undefined) {
              if (typeof data4.description !== 'string') {
                const err14 = {
                  instancePath:
                    instancePath + '/variables/' + key2.replace(/~/g, '~0').replace(/\//g, '~1') + '/description',
                  schemaPath: '#/$defs/variable/properties/description/type',
                  keyword: 'type',
                  params: { type: 'string' },
                };
                if (vErrors === null) {
                  vErrors = [err14];
                } else {
                  vErrors.push(err14);
                }
                errors++;
              }
            }
          }
        }
      }
    }
    if (data.volumes !== undefined) {
      let data7 = data.volumes;
      if (!(data7 && typeof data7 == 'object' && !Array.isArray(data7)) && data7 !== null) {
        const err15 = {
          instancePath: instancePath + '/volumes',
          schemaPath: '#/properties/volumes/type',
          keyword: 'type',
          params: { type: schema31.properties.volumes.type },
        };
        if (vErrors === null) {
          vErrors = [err15];
        } else {
          vErrors.push(err15);
        }
        errors++;
      }
      if (data7 && typeof data7 == 'object' && !Array.isArray(data7)) {
        for (const key4 in data7) {
          const _errs24 = errors;
          if (typeof key4 === 'string') {
            if (!pattern4.test(key4)) {
              const err16 = {
                instancePath: instancePath + '/volumes',
                schemaPath: '#/$defs/name/pattern',
                keyword: 'pattern',
                params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
                propertyName: key4,
              };
              if (vErrors === null) {
                vErrors = [err16];
              } else {
                vErrors.push(err16);
              }
              errors++;
            }
          } else {
            const err17 = {
              instancePath: instancePath + '/volumes',
              schemaPath: '#/$defs/name/type',
              keyword: 'type',
              params: { type: 'string' },
              propertyName: key4,
            };
            if (vErrors === null) {
              vErrors = [err17];
            } else {
              vErrors.push(err17);
            }
            errors++;
          }
          var valid7 = _errs24 === errors;
          if (!valid7) {
            const err18 = {
              instancePath: instancePath + '/volumes',
              schemaPath: '#/properties/volumes/propertyNames',
              keyword: 'propertyNames',
              params: { propertyName: key4 },
            };
            if (vErrors === null) {
              vErrors = [err18];
            } else {
              vErrors.push(err18);
            }
            errors++;
          }
        }
        for (const key5 in data7) {
          let data8 = data7[key5];
          if (!(data8 && typeof data8 == 'object' && !Array.isArray(data8)) && data8 !== null) {
            const err19 = {
              instancePath: instancePath + '/volumes/' + key5.replace(/~/g, '~0').replace(/\//g, '~1'),
              schemaPath: '#/$defs/volume/type',
              keyword: 'type',
              params: { type: schema50.type },
            };
            if (vErrors === null) {
              vErrors = [err19];
            } else {
              vErrors.push(err19);
            }
            errors++;
          }
          if (data8 && typeof data8 == 'object' && !Array.isArray(data8)) {
            for (const key6 in data8) {
              if (!(key6 === 'name' || key6 === 'prevent_destroy')) {
                const err20 = {
                  instancePath: instancePath + '/volumes/' + key5.replace(/~/g, '~0').replace(/\//g, '~1'),
                  schemaPath: '#/$defs/volume/additionalProperties',
                  keyword: 'additionalProperties',
                  params: { additionalProperty: key6 },
                };
                if (vErrors === null) {
                  vErrors = [err20];
                } else {
                  vErrors.push(err20);
                }
                errors++;
              }
            }
            if (data8.name !== undefined) {
              let data9 = data8.name;
              if (typeof data9 === 'string') {
                if (!pattern28.test(data9)) {
                  const err21 = {
                    instancePath: instancePath + '/volumes/' + key5.replace(/~/g, '~0').replace(/\//g, '~1') + '/name',
                    schemaPath: '#/$defs/volume/properties/name/pattern',
                    keyword: 'pattern',
                    params: { pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$' },
                  };
                  if (vErrors === null) {
                    vErrors = [err21];
                  } else {
                    vErrors.push(err21);
                  }
                  errors++;
                }
              } else {
                const err22 = {
                  instancePath: instancePath + '/volumes/' + key5.replace(/~/g, '~0').replace(/\//g, '~1') + '/name',
                  schemaPath: '#/$defs/volume/properties/name/type',
                  keyword: 'type',
                  params: { type: 'string' },
                };
                if (vErrors === null) {
                  vErrors = [err22];
                } else {
                  vErrors.push(err22);
                }
                errors++;
              }
            }
            if (data8.prevent_destroy !== undefined) {
              if (typeof data8.prevent_destroy !== 'boolean') {
                const err23 = {
                  instancePath:
                    instancePath + '/volumes/' + key5.replace(/~/g, '~0').replace(/\//g, '~1') + '/prevent_destroy',
                  schemaPath: '#/$defs/volume/properties/prevent_destroy/type',
                  keyword: 'type',
                  params: { type: 'boolean' },
                };
                if (vErrors === null) {
                  vErrors = [err23];
                } else {
                  vErrors.push(err23);
                }
                errors++;
              }
            }
          }
        }
      }
    }
    if (data.moved !== undefined) {
      let data11 = data.moved;
      if (Array.isArray(data11)) {
        const len0 = data11.length;
        for (let i0 = 0; i0 < len0; i0++) {
          if (
            !validate33(data11[i0], {
              instancePath: instancePath + '/moved/' + i0,
              parentData: data11,
              parentDataProperty: i0,
              rootData,
              dynamicAnchors,
            })
          ) {
            vErrors = vErrors === null ? validate33.errors : vErrors.concat(validate33.errors);
            errors = vErrors.length;
          }
        }
      } else {
        const err24 = {
          instancePath: instancePath + '/moved',
          schemaPath: '#/properties/moved/type',
          keyword: 'type',
          params: { type: 'array' },
        };
        if (vErrors === null) {
          vErrors = [err24];
        } else {
          vErrors.push(err24);
        }
        errors++;
      }
    }
    if (data.servers !== undefined) {
      let data13 = data.servers;
      if (!(data13 && typeof data13 == 'object' && !Array.isArray(data13)) && data13 !== null) {
        const err25 = {
          instancePath: instancePath + '/servers',
          schemaPath: '#/properties/servers/type',
          keyword: 'type',
          params: { type: schema31.properties.servers.type },
        };
        if (vErrors === null) {
          vErrors = [err25];
        } else {
          vErrors.push(err25);
        }
        errors++;
      }
      if (data13 && typeof data13 == 'object' && !Array.isArray(data13)) {
        for (const key7 in data13) {
          const _errs41 = errors;
          if (typeof key7 === 'string') {
            if (!pattern4.test(key7)) {
              const err26 = {
                instancePath: instancePath + '/servers',
                schemaPath: '#/$defs/name/pattern',
                keyword: 'pattern',
                params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
                propertyName: key7,
              };
              if (vErrors === null) {
                vErrors = [err26];
              } else {
                vErrors.push(err26);
              }
              errors++;
            }
          } else {
            const err27 = {
              instancePath: instancePath + '/servers',
              schemaPath: '#/$defs/name/type',
              keyword: 'type',
              params: { type: 'string' },
              propertyName: key7,
            };
            if (vErrors === null) {
              vErrors = [err27];
            } else {
              vErrors.push(err27);
            }
            errors++;
          }
          var valid14 = _errs41 === errors;
          if (!valid14) {
            const err28 = {
              instancePath: instancePath + '/servers',
              schemaPath: '#/properties/servers/propertyNames',
              keyword: 'propertyNames',
              params: { propertyName: key7 },
            };
            if (vErrors === null) {
              vErrors = [err28];
            } else {
              vErrors.push(err28);
            }
            errors++;
          }
        }
        for (const key8 in data13) {
          if (
            !validate35(data13[key8], {
              instancePath: instancePath + '/servers/' + key8.replace(/~/g, '~0').replace(/\//g, '~1'),
              parentData: data13,
              parentDataProperty: key8,
              rootData,
              dynamicAnchors,
            })
          ) {
            vErrors = vErrors === null ? validate35.errors : vErrors.concat(validate35.errors);
            errors = vErrors.length;
          }
        }
      }
    }
    if (data.agents !== undefined) {
      let data15 = data.agents;
      if (!(data15 && typeof data15 == 'object' && !Array.isArray(data15)) && data15 !== null) {
        const err29 = {
          instancePath: instancePath + '/agents',
          schemaPath: '#/properties/agents/type',
          keyword: 'type',
          params: { type: schema31.properties.agents.type },
        };
        if (vErrors === null) {
          vErrors = [err29];
        } else {
          vErrors.push(err29);
        }
        errors++;
      }
      if (data15 && typeof data15 == 'object' && !Array.isArray(data15)) {
        for (const key9 in data15) {
          const _errs48 = errors;
          if (typeof key9 === 'string') {
            if (!pattern4.test(key9)) {
              const err30 = {
                instancePath: instancePath + '/agents',
                schemaPath: '#/$defs/name/pattern',
                keyword: 'pattern',
                params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
                propertyName: key9,
              };
              if (vErrors === null) {
                vErrors = [err30];
              } else {
                vErrors.push(err30);
              }
              errors++;
            }
          } else {
            const err31 = {
              instancePath: instancePath + '/agents',
              schemaPath: '#/$defs/name/type',
              keyword: 'type',
              params: { type: 'string' },
              propertyName: key9,
            };
            if (vErrors === null) {
              vErrors = [err31];
            } else {
              vErrors.push(err31);
            }
            errors++;
          }
          var valid17 = _errs48 === errors;
          if (!valid17) {
            const err32 = {
              instancePath: instancePath + '/agents',
              schemaPath: '#/properties/agents/propertyNames',
              keyword: 'propertyNames',
              params: { propertyName: key9 },
            };
            if (vErrors === null) {
              vErrors = [err32];
            } else {
              vErrors.push(err32);
            }
            errors++;
          }
        }
        for (const key10 in data15) {
          if (
            !validate43(data15[key10], {
              instancePath: instancePath + '/agents/' + key10.replace(/~/g, '~0').replace(/\//g, '~1'),
              parentData: data15,
              parentDataProperty: key10,
              rootData,
              dynamicAnchors,
            })
          ) {
            vErrors = vErrors === null ? validate43.errors : vErrors.concat(validate43.errors);
            errors = vErrors.length;
          }
        }
      }
    }
    if (data.grants !== undefined) {
      let data17 = data.grants;
      if (!(data17 && typeof data17 == 'object' && !Array.isArray(data17)) && data17 !== null) {
        const err33 = {
          instancePath: instancePath + '/grants',
          schemaPath: '#/properties/grants/type',
          keyword: 'type',
          params: { type: schema31.properties.grants.type },
        };
        if (vErrors === null) {
          vErrors = [err33];
        } else {
          vErrors.push(err33);
        }
        errors++;
      }
      if (data17 && typeof data17 == 'object' && !Array.isArray(data17)) {
        for (const key11 in data17) {
          const _errs55 = errors;
          if (typeof key11 === 'string') {
            if (!pattern4.test(key11)) {
              const err34 = {
                instancePath: instancePath + '/grants',
                schemaPath: '#/$defs/name/pattern',
                keyword: 'pattern',
                params: { pattern: '^(?!constructor$)[a-z][a-z0-9-]{0,39}$' },
                propertyName: key11,
              };
              if (vErrors === null) {
                vErrors = [err34];
              } else {
                vErrors.push(err34);
              }
              errors++;
            }
          } else {
            const err35 = {
              instancePath: instancePath + '/grants',
              schemaPath: '#/$defs/name/type',
              keyword: 'type',
              params: { type: 'string' },
              propertyName: key11,
            };
            if (vErrors === null) {
              vErrors = [err35];
            } else {
              vErrors.push(err35);
            }
            errors++;
          }
          var valid20 = _errs55 === errors;
          if (!valid20) {
            const err36 = {
              instancePath: instancePath + '/grants',
              schemaPath: '#/properties/grants/propertyNames',
              keyword: 'propertyNames',
              params: { propertyName: key11 },
            };
            if (vErrors === null) {
              vErrors = [err36];
            } else {
              vErrors.push(err36);
            }
            errors++;
          }
        }
        for (const key12 in data17) {
          let data18 = data17[key12];
          if (Array.isArray(data18)) {
            const len1 = data18.length;
            for (let i1 = 0; i1 < len1; i1++) {
              if (
                !validate46(data18[i1], {
                  instancePath: instancePath + '/grants/' + key12.replace(/~/g, '~0').replace(/\//g, '~1') + '/' + i1,
                  parentData: data18,
                  parentDataProperty: i1,
                  rootData,
                  dynamicAnchors,
                })
              ) {
                vErrors = vErrors === null ? validate46.errors : vErrors.concat(validate46.errors);
                errors = vErrors.length;
              }
            }
          } else {
            const err37 = {
              instancePath: instancePath + '/grants/' + key12.replace(/~/g, '~0').replace(/\//g, '~1'),
              schemaPath: '#/properties/grants/additionalProperties/type',
              keyword: 'type',
              params: { type: 'array' },
            };
            if (vErrors === null) {
              vErrors = [err37];
            } else {
              vErrors.push(err37);
            }
            errors++;
          }
        }
      }
    }
  } else {
    const err38 = { instancePath, schemaPath: '#/type', keyword: 'type', params: { type: 'object' } };
    if (vErrors === null) {
      vErrors = [err38];
    } else {
      vErrors.push(err38);
    }
    errors++;
  }
  validate20.errors = vErrors;
  return errors === 0;
}
validate20.evaluated = { props: true, dynamicProps: false, dynamicItems: false };
