/** `POST /images/create`: pulling an image from a registry. */
import type { Engine } from '../engine/engine.js';
import type { Api } from './api.js';
import { engineFailure, EngineRefusal } from './errors.js';
import { errorIn, progressMessages } from './messages.js';
import { registryAuth } from './registry-auth.js';
import type { CredentialSource } from './registry-auth.js';
import { unreachable } from './unreachable.js';

export function pullCalls(api: Api, credentials: CredentialSource): Pick<Engine, 'pullImage'> {
  return {
    async pullImage(reference, onLine = () => undefined) {
      try {
        await pull(api, credentials, reference, onLine);
      } catch (error) {
        throw error instanceof EngineRefusal ? notFound(reference, error.words) : error;
      }
    },
  };
}

async function pull(
  api: Api,
  credentials: CredentialSource,
  reference: string,
  onLine: (line: string) => void,
): Promise<void> {
  const auth = await registryAuth(reference, credentials);
  const response = await api.stream({
    method: 'POST',
    path: '/images/create',
    deadlineMs: null,
    query: { fromImage: reference, tag: hasVersion(reference) ? undefined : 'latest' },
    headers: auth === null ? {} : { 'X-Registry-Auth': auth },
  });
  try {
    for await (const message of progressMessages(response)) {
      const error = errorIn(message);
      if (error !== null) throw notFound(reference, error);
      // Byte counts come many times a second; the changes of state are enough.
      if (message.status && !message.progress) onLine(message.id ? `${message.id}: ${message.status}` : message.status);
    }
  } catch (error) {
    throw unreachable(error, api.dialer.endpoint);
  }
}

/** Without a tag or digest the engine would pull every tag there is. */
export function hasVersion(reference: string): boolean {
  return reference.includes('@') || /:[^/]+$/.test(reference);
}

function notFound(reference: string, words: string): Error {
  return engineFailure(
    'image_not_found',
    `${reference} cannot be pulled: ${words}`,
    'Check the name and that the engine reaches the registry; a private one needs `docker login` here first.',
  );
}
