/** `fetch` that trusts one authority more, as a client does that was given its certificate. */
import { Agent, fetch as undiciFetch } from 'undici';

export function trustingFetch(ca: string): (url: string | URL, init?: RequestInit) => Promise<Response> {
  const dispatcher = new Agent({ connect: { ca } });
  return async (url, init) => {
    const answer: unknown = await undiciFetch(url, { ...(init as object), dispatcher });
    return answer as Response;
  };
}
