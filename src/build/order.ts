import { BuildError } from './error.ts';
import type { Vertex } from './vertex.ts';

/** Every vertex that the targets need, inputs before those who read them. */
export function inOrder(targets: readonly Vertex[]): Vertex[] {
  const order: Vertex[] = [];
  const state = new Map<Vertex, 'open' | 'done'>();
  const stack = [...targets].reverse();
  for (let vertex = stack.at(-1); vertex !== undefined; vertex = stack.at(-1)) {
    const seen = state.get(vertex);
    if (seen === undefined) {
      state.set(vertex, 'open');
      for (const input of vertex.inputs) {
        if (state.get(input) === 'open')
          throw new BuildError('cycle', `${input.name} needs its own result`, { location: input.location });
        if (!state.has(input)) stack.push(input);
      }
      continue;
    }
    stack.pop();
    if (seen === 'open') {
      state.set(vertex, 'done');
      order.push(vertex);
    }
  }
  return order;
}
