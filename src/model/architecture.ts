/** Architectures by everybody's name for them: the kernel's, Node's and npm's, the engine's and images', Python's (PEP 425). */

interface Architecture {
  /** `uname -m`. */
  kernel: string;
  node: string;
  docker: string;
  python: string;
  /** Engines of half its width are common on such kernels, which say nothing of that: boards that are sold so. */
  halved?: true;
}

const ARCHITECTURES: readonly Architecture[] = [
  { kernel: 'x86_64', node: 'x64', docker: 'amd64', python: 'x86_64' },
  { kernel: 'aarch64', node: 'arm64', docker: 'arm64', python: 'aarch64', halved: true },
  { kernel: 'armv7l', node: 'arm', docker: 'arm', python: 'armv7l' },
  { kernel: 'i686', node: 'ia32', docker: '386', python: 'i686' },
  { kernel: 'ppc64le', node: 'ppc64', docker: 'ppc64le', python: 'ppc64le' },
  { kernel: 's390x', node: 's390x', docker: 's390x', python: 's390x' },
  { kernel: 'riscv64', node: 'riscv64', docker: 'riscv64', python: 'riscv64' },
];

type Name = 'kernel' | 'node' | 'docker' | 'python';

/** One that nobody here knows goes by the same name everywhere. */
export function architecture(name: string, from: Name, to: Name): string {
  return ARCHITECTURES.find((each) => each[from] === name)?.[to] ?? name;
}

/**
 * That of an engine on this kernel, where a program of ours says which; null: it has to be asked. A program of half the
 * kernel's width says that engines may be as well.
 */
export function engineArchitecture(kernel: string, node: string): string | null {
  const known = ARCHITECTURES.find((each) => each.kernel === kernel && each.node === node);
  return known && !known.halved ? known.docker : null;
}
