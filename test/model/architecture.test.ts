/** One table of architectures, and what a kernel says of its engine. */
import { expect, it } from 'vitest';
import { architecture, engineArchitecture } from '../../src/model/architecture.js';

it.each([
  ['x64', 'node', 'docker', 'amd64'],
  ['ia32', 'node', 'docker', '386'],
  ['386', 'docker', 'node', 'ia32'],
  ['arm', 'docker', 'python', 'armv7l'],
  ['ppc64le', 'docker', 'node', 'ppc64'],
  ['riscv64', 'kernel', 'docker', 'riscv64'],
  ['loong64', 'docker', 'node', 'loong64'],
] as const)('%s, as %s says, is for %s %s', (name, from, to, is) => {
  expect(architecture(name, from, to)).toBe(is);
});

it.each([
  ['x86_64', 'x64', 'amd64'],
  ['aarch64', 'arm64', null],
  ['x86_64', 'ia32', null],
  ['aarch64', 'arm', null],
  ['loongarch64', 'loong64', null],
])('a kernel %s under a Node for %s: %s', (kernel, node, engine) => {
  expect(engineArchitecture(kernel, node)).toBe(engine);
});
