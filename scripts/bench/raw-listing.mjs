/** The least that a plan must ask: all containers of a project, each inspected, sixteen at a time. A whole process. */
import { containersOf, get } from './engine.mjs';

const waiting = (await containersOf(process.argv[2])).map(({ Id }) => Id);
const total = waiting.length;
async function inspectNext() {
  for (let id = waiting.pop(); id; id = waiting.pop()) await get(`/containers/${id}/json`);
}
await Promise.all(Array.from({ length: 16 }, inspectNext));
console.log(total);
