/** What `toolcrib doctor` found: one line each, with how to mend it. */
export interface Finding {
  area: 'engine' | 'machine' | 'project';
  /** What was looked at: `seccomp`, `npm`, `lock`. */
  check: string;
  state: 'ok' | 'warn' | 'fail';
  detail: string;
  /** null: nothing to do. */
  fix: string | null;
}

export type Found = Omit<Finding, 'area'>;

export const ok = (check: string, detail: string): Found => ({ check, state: 'ok', detail, fix: null });
export const warn = (check: string, detail: string, fix: string): Found => ({ check, state: 'warn', detail, fix });
export const failed = (check: string, detail: string, fix: string): Found => ({ check, state: 'fail', detail, fix });
