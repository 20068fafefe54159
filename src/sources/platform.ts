/** Platforms as Docker writes them (`linux/amd64`) and as npm does (`--os linux --cpu x64`). */

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm',
  ppc64: 'ppc64le',
  s390x: 's390x',
};

export function dockerPlatform(platform: string, arch: string): string {
  return `${platform}/${ARCHITECTURES[arch] ?? arch}`;
}

/** @param libc of the runtime, `glibc 2.36` or `musl`. */
export function npmArguments(platform: string, libc = 'glibc'): string[] {
  const [os = 'linux', architecture = 'amd64'] = platform.split('/');
  const cpu = Object.entries(ARCHITECTURES).find(([, docker]) => docker === architecture)?.[0] ?? architecture;
  return [`--os=${os}`, `--cpu=${cpu}`, `--libc=${libc.split(' ')[0]}`];
}
