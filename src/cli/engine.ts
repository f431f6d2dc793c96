import type { Environment } from '../door/environment.ts';
export async function serveEngine(_environment: Environment): Promise<number> {
  return 1;
}
