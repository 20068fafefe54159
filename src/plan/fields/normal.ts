/** One spelling for what engines and people spell in several ways (notes on the Engine API, "Comparing"). */
import type { HealthcheckSpec } from '../../model/container.js';
import type { ContainerInspect, InspectedHealthcheck } from '../../model/inspect.js';

/** `NAME=value` entries as a map; a bare `NAME` sets nothing. */
export function envMap(entries: readonly string[] | null | undefined): Record<string, string> {
  const map: Record<string, string> = {};
  for (const entry of entries ?? []) {
    const at = entry.indexOf('=');
    if (at > 0) map[entry.slice(0, at)] = entry.slice(at + 1);
  }
  return map;
}

/** Engines keep what they were told: `all`, `net_bind_service`, `CAP_NET_ADMIN`. */
export function capabilities(names: readonly string[] | null | undefined): string[] {
  return sorted((names ?? []).map((name) => name.toUpperCase().replace(/^CAP_/, '')));
}

/** `:true` is the default; SELinux engines add labels of their own, and only `disable` weakens anything. */
export function securityOptions(options: readonly string[] | null | undefined): string[] {
  return sorted(
    (options ?? [])
      .map((option) => option.replace(/^(no-new-privileges)[:=]true$/, '$1').replace(/^(\w+):/, '$1='))
      .filter((option) => !option.startsWith('label=') || option === 'label=disable'),
  );
}

/** Mount options of a tmpfs, in one order. */
export function mountOptions(options: string): string {
  return sorted(options.split(',').filter((option) => option !== '')).join(',');
}

/** 0, null and -1 all say: no limit. */
export function limit(value: number | null | undefined): number {
  return value === null || value === undefined || value < 0 ? 0 : value;
}

export function restartPolicy(policy: ContainerInspect['HostConfig']['RestartPolicy']): string {
  const name = policy?.Name || 'no';
  return name === 'on-failure' && policy?.MaximumRetryCount ? `${name}:${policy.MaximumRetryCount}` : name;
}

/** Docker's own form with every sub-field; null: none runs, whether unset or switched off by `NONE`. */
export function healthcheck(check: InspectedHealthcheck | null | undefined): HealthcheckSpec | null {
  const test = check?.Test ?? [];
  if (!check || test.length === 0 || test[0] === 'NONE') return null;
  return {
    test: [...test],
    interval: check.Interval ?? 0,
    timeout: check.Timeout ?? 0,
    startPeriod: check.StartPeriod ?? 0,
    retries: check.Retries ?? 0,
  };
}

/** `7411/tcp on 127.0.0.1:7411`, one a binding. An empty address binds all. */
export function portBinding(container: string, hostIp: string, hostPort: string | number): string {
  return `${container} on ${hostIp || '0.0.0.0'}:${hostPort}`;
}

/** Without a trailing slash. */
export function cleanPath(path: string): string {
  return path === '/' ? path : path.replace(/\/+$/, '');
}

export function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
