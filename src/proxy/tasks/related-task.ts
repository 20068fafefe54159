/** What is said in the course of a request about a task: `related-task` in the terms of whoever hears it. */
import type { Caller } from '../identity/authenticate.js';
import { renamedRelated } from '../message/task-form.js';
import type { Tasks } from './tasks.js';
import type { CallListener, Home, RequestReply } from '../upstream-port.js';

/** Only the agent's own tasks have a name for it; any other is left out. */
export function relating(listener: CallListener, tasks: Tasks, caller: Caller, home: () => Home | null): CallListener {
  const forAgent = (raw: string): string | null => {
    const at = home();
    const task = at && tasks.at(at.key, raw);
    const own = task?.origin.caller.agent === caller.agent && task.origin.caller.subject === caller.subject;
    return own ? task.id : null;
  };
  const forServer = (id: string): string | null => tasks.find(id, caller)?.raw ?? null;
  const back = (reply: RequestReply): RequestReply =>
    'result' in reply ? { result: renamedRelated(reply.result, forServer) } : reply;
  return {
    notification: (method, params) => listener.notification(method, renamedRelated(params, forAgent)),
    request: (method, params, { reply, progress }) =>
      listener.request(method, renamedRelated(params, forAgent), {
        reply: (answer) => reply(back(answer)),
        progress: progress && ((said) => progress(renamedRelated(said, forServer))),
      }),
  };
}
