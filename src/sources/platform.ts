/** Platforms as Docker writes them (`linux/amd64`) and as npm does (`--os linux --cpu x64`). */
import { architecture } from '../model/architecture.js';

export function dockerPlatform(platform: string, arch: string): string {
  return `${platform}/${architecture(arch, 'node', 'docker')}`;
}

/** @param libc of the runtime, `glibc 2.36` or `musl`. */
export function npmArguments(platform: string, libc = 'glibc'): string[] {
  const [os = 'linux', arch = 'amd64'] = platform.split('/');
  const cpu = architecture(arch, 'docker', 'node');
  return [`--os=${os}`, `--cpu=${cpu}`, `--libc=${libc.split(' ')[0]}`];
}
