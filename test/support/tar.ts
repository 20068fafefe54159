/** Tars of any kind, hostile ones too. */
import { pack } from 'tar-stream';

export type Header = Parameters<ReturnType<typeof pack>['entry']>[0];

export async function tarOf(entries: readonly [Header, string?][]): Promise<Buffer> {
  const tar = pack();
  for (const [header, content] of entries) {
    if (content === undefined) tar.entry(header);
    else tar.entry(header, content);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
