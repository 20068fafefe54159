/** Agents: how they prove who they are, what they are granted and what they are denied. */
import fc from 'fast-check';
import { some, type Block, type Place } from './place.js';
import { OFFERS, type Offer } from './servers.js';

const limits = some({
  rate: fc.constantFrom('60/min', '5/s'),
  concurrent: fc.constantFrom(1, 4),
  timeout: fc.constantFrom('30s', '5s'),
  result: fc.constantFrom('64Ki', '1Mi'),
}).filter((each) => Object.keys(each).length > 0);

/** Rules over the arguments of the first tool. */
const narrowed = ({ tools, argument }: Offer): fc.Arbitrary<Block> => {
  const [first = ''] = tools;
  return argument === undefined
    ? fc.constant({})
    : fc.constantFrom<Block>(
        {},
        { tools: [first], arguments: { [first]: { properties: { [argument]: { within: '/data' } } } } },
        { tools: [first], arguments: { '*': { properties: { message: { type: 'string', maxLength: 9 } } } } },
        { tools: [first], set: { tenant: 'acme' } },
      );
};

const beyondTools = ({ prompts, resources }: Offer): fc.Arbitrary<Block> =>
  some({
    ...(prompts && { prompts: fc.constantFrom<unknown>('*', prompts.slice(0, 1), ['l*']) }),
    ...(resources && {
      resources: fc.constantFrom<unknown>(['**'], [resources[0]], [resources.at(-1)], ['shelf:///*']),
    }),
  });

function grant(server: string): fc.Arbitrary<Block> {
  const offer = OFFERS[server] ?? { tools: [] };
  const tools = fc.constantFrom<unknown>('*', offer.tools, offer.tools.slice(0, 1), [`${offer.tools[0]?.[0]}*`]);
  const plain = some({
    expires: fc.constantFrom('2099-01-01', '2098-06-30T12:00:00Z'),
    limits,
    audit: fc.constantFrom({ arguments: 'hmac' }, { arguments: 'full' }),
    server_requests: fc.subarray(['elicitation', 'roots', 'sampling'], { minLength: 1 }),
  });
  return fc
    .tuple(tools, plain, beyondTools(offer), narrowed(offer))
    .map(([chosen, fields, more, rule]) => ({ server, tools: chosen, ...fields, ...more, ...rule }));
}

/** Of a server, or of all of them: what no grant can give back, or calls that none can allow. */
function denial(server: string): fc.Arbitrary<Block> {
  const { tools, argument, prompts, resources } = OFFERS[server] ?? { tools: [] };
  const [first = ''] = tools;
  return fc.constantFrom<Block>(
    { server, tools: [first] },
    { toolbox: 'generated', tools: [first] },
    ...(argument === undefined
      ? []
      : [{ server, tools: [first], arguments: { [first]: { properties: { message: { const: 'no' } } } } }]),
    ...(prompts ? [{ server, prompts: prompts.slice(1) }] : []),
    ...(resources ? [{ server, resources: ['shelf:///o*'] }] : []),
  );
}

const IDENTITY = {
  issuer: 'https://idp.example.com',
  audience: 'tools',
  claims: { sub: 'bot' },
  algorithms: ['ES256'],
};
const jwt = ({ ca }: Place): fc.Arbitrary<Block> =>
  fc
    .tuple(
      some({ jwks_uri: fc.constant('https://idp.example.com/keys'), ca: fc.constant(ca) }),
      fc.constantFrom<Block>(
        {},
        { private_addresses: ['10.20.0.0/16'] },
        { private_addresses: ['10.20.0.0/16'], insecure: true },
      ),
    )
    .map(([more, near]) => ({ jwt: { ...IDENTITY, ...more, ...near } }));

function agent(servers: readonly string[], place: Place): fc.Arbitrary<Block> {
  const grants = fc.subarray([...servers]).chain((chosen) => fc.tuple(...chosen.map(grant)));
  const deny = fc
    .subarray([...servers], { maxLength: Math.min(1, servers.length) })
    .chain((chosen) => fc.tuple(...chosen.map(denial)));
  const whole = fc.constantFrom<Block[]>([], [], [{ toolbox: 'generated', tools: '*' }]);
  const byJwt = fc.option(jwt(place), { nil: null });
  return fc.tuple(grants, whole, deny, byJwt).map(([list, more, denied, identity]) => ({
    authenticate: [{ token: {} }, ...(identity ? [identity] : [])],
    grants: [...list, ...(servers.length > 0 ? more : [])],
    ...(denied.length > 0 && { deny: denied }),
  }));
}

export const agents = (servers: readonly string[], place: Place): fc.Arbitrary<Record<string, Block>> =>
  fc.dictionary(fc.constantFrom('bot', 'cat'), agent(servers, place), { maxKeys: 2 });
