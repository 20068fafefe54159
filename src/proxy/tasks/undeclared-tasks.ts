/** An agent that has not declared the Tasks extension in a request that needs it (its specification, Protocol Errors). */
import { TASKS_EXTENSION } from '../../policy/task-support.js';
import { deny } from '../calls/denial.js';
import type { Errand } from '../exchange.js';
import { Rpc, rpcError } from '../message/reply.js';

export async function undeclaredTasks(errand: Errand, method: string, id: string): Promise<string> {
  await deny(errand, { method, reason: 'capability_missing' });
  errand.status = 400;
  const requiredCapabilities = { extensions: { [TASKS_EXTENSION]: {} } };
  return rpcError(id, Rpc.capability, 'Missing required client capability', { requiredCapabilities });
}
