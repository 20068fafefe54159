/** This machine's own Python: `python3` on PATH. */
import { architecture } from '../model/architecture.js';
import { Failure, problem } from '../diagnostics/failure.js';
import type { HostRuntime } from './host-runtime.js';
import { dockerPlatform } from './platform.js';
import { runProgram } from './run-program.js';
import type { ProgramResult } from './run-program.js';
import { inThrowawayFolder } from './throwaway.js';

const ASK_SECONDS = 20;
/** Oldest Python that packages are chosen and installed with. */
const OLDEST_PYTHON = [3, 9];

export interface HostPython extends HostRuntime {
  /** `glibc 2.36`; '' where it is neither glibc nor musl. */
  libc: string;
  /** Folder of the standard library, and of its shared objects; absolute. */
  stdlib: string;
  /** CPython is the one that wheels with shared objects are for. */
  implementation: string;
  /** null: there is none. */
  pip: string | null;
}

/** Prints RuntimeFacts and more as JSON. In a virtual environment it is the Python beneath that counts. */
export const PYTHON_FACTS = `
import glob, json, os, platform, re, subprocess, sys, sysconfig
def libc():
    name, version = platform.libc_ver()
    if name == 'glibc': return 'glibc ' + version
    for loader in glob.glob('/lib/ld-musl-*'):
        said = subprocess.run([loader], stderr=subprocess.PIPE, universal_newlines=True).stderr
        found = re.search(r'Version (\\d+\\.\\d+)', said)
        if found: return 'musl ' + found.group(1)
    return ''
try:
    import pip
    pip = pip.__version__
except ImportError:
    pip = None
base = os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable)
print(json.dumps({'version': platform.python_version(), 'libc': libc(), 'path': base, 'implementation': platform.python_implementation(), 'stdlib': os.path.dirname(os.__file__), 'platform': sys.platform, 'machine': platform.machine(), 'pip': pip}))
`;

/** `python3` on PATH; a version manager's shim tells which program it stands for. */
export async function hostPython(): Promise<HostPython> {
  const asked = await inThrowawayFolder((folder) =>
    runProgram(
      'python3',
      ['-c', PYTHON_FACTS],
      { folder, seconds: ASK_SECONDS },
      {
        late: () => noPython(`\`python3\` did not say within ${ASK_SECONDS} s which Python it is.`),
        missing: (error) => noPython(`\`python3\` cannot be started: ${error.message}`),
      },
    ),
  );
  const said = read(asked);
  const { path, version, libc, stdlib, implementation, platform, machine, pip } = said;
  if (!isAtLeast(version, OLDEST_PYTHON))
    throw noPython(`\`python3\` is ${version} (${path}); toolcrib needs ${OLDEST_PYTHON.join('.')} or later.`);
  return {
    path,
    version,
    libc,
    stdlib,
    implementation,
    pip,
    platform: dockerPlatform(platform, architecture(machine === 'AMD64' ? 'x86_64' : machine, 'kernel', 'node')),
  };
}

type Said = Omit<HostPython, 'platform'> & { platform: string; machine: string };

function read(asked: ProgramResult): Said {
  try {
    if (asked.code === 0) return JSON.parse(asked.stdout) as Said;
  } catch {
    // Whatever it is, it is told below in its own words.
  }
  throw noPython(`\`python3\` does not say which Python it is: ${lastWords(asked)}`);
}

function noPython(detail: string): Failure {
  const fix =
    'Put Python 3 on PATH: packages for `pypi:` servers are chosen and installed with its pip, on this machine.';
  return new Failure([problem('runtime_unavailable', detail, fix)]);
}

function lastWords(result: ProgramResult): string {
  return (
    (result.stderr || result.stdout).trim().split('\n').slice(-2).join('; ') || `it ended with code ${result.code}`
  );
}

export function isAtLeast(version: string, [major = 0, minor = 0]: readonly number[]): boolean {
  const [own = 0, ownMinor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return own > major || (own === major && ownMinor >= minor);
}
