/** `toolcrib version`: what runs here. */
import type { Context } from './context.js';

export interface VersionReport {
  toolcrib: string;
  node: string;
  /** `linux/x64`, in Node's words. */
  platform: string;
}

export function version(context: Context, runtime: { node: string; platform: string }): VersionReport {
  return { toolcrib: context.version, ...runtime };
}
