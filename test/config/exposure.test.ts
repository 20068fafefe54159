/** What listens in reach of other machines needs a certificate, or the word that it goes without. */
import { describe, expect, it } from 'vitest';
import { folder, ID, only, valid } from './support.js';

const text = (proxy: string, environments = ''): string => `version: 1
toolbox: main
project:
  name: acme
  id: ${ID}
  proxy: ${proxy}
  environments:
    prod: ${environments || '{}'}
`;
const TLS = 'tls: {cert: a.pem, key: b.pem}';
const project = async (proxy: string, environments = '') => folder({ 'toolbox.yaml': text(proxy, environments) });

describe('refused', () => {
  it.each([
    ['every address', '{listen: "0.0.0.0:7411"}', '', '6:19'],
    ['one address', '{listen: "10.0.0.5:7411"}', '', '6:19'],
    ['IPv6', '{listen: "[::]:7411"}', '', '6:19'],
    ['metrics, whatever agents are served with', `{admin: "10.0.0.5:7412", ${TLS}}`, '', '6:18'],
    ['in an environment that is not chosen', '{}', '{proxy: {listen: "0.0.0.0:7411"}}', '8:28'],
    ['insecure taken back', '{listen: "0.0.0.0:1", insecure: true}', '{proxy: {insecure: false}}', '6:19'],
  ])('%s', async (_, proxy, environments, place) => {
    const found = await only(text(proxy, environments));
    expect(found.place).toBe(`error insecure_listen toolbox.yaml:${place}`);
    expect(found.detail).toMatch(/from other machines/);
  });
});

describe('allowed', () => {
  it.each([
    ['loopback', '{listen: "127.8.8.8:7411", admin: "[::1]:7412"}', ''],
    ['with a certificate', `{listen: "0.0.0.0:7411", ${TLS}}`, ''],
    ['in so many words', '{listen: "0.0.0.0:7411", admin: "0.0.0.0:7412", insecure: true}', ''],
    ['an environment with the project’s certificate', `{${TLS}}`, '{proxy: {listen: "0.0.0.0:7411"}}'],
    ['an environment with its own', '{}', `{proxy: {listen: "0.0.0.0:7411", ${TLS}}}`],
  ])('%s', async (_, proxy, environments) => {
    await valid(await project(proxy, environments));
    await valid(await project(proxy, environments), { environment: 'prod' });
  });
});

it('finds the files beside the toolbox, and whose they are in its environment', async () => {
  const dir = await project(`{${TLS}}`, '{proxy: {tls: {cert: prod/a.pem, key: /etc/b.pem}}}');
  const own = (await valid(dir)).project.proxy.tls;
  expect(own).toEqual({
    cert: `${dir}/a.pem`,
    key: `${dir}/b.pem`,
    at: { file: 'toolbox.yaml', path: ['project', 'proxy', 'tls'] },
  });
  const prod = (await valid(dir, { environment: 'prod' })).project.proxy.tls;
  expect(prod).toMatchObject({ cert: `${dir}/prod/a.pem`, key: '/etc/b.pem' });
  expect(prod?.at.path).toEqual(['project', 'environments', 'prod', 'proxy', 'tls']);
});
