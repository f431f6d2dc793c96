import { inspectContainer } from '../../container/inspect.ts';
import { codeOf } from '../../errors.ts';
import type { Engine } from '../../pipeline/wire.ts';

/** A container's JSON, undefined when there is none of that name or ID. */
export async function inspectContainers(engine: Engine, text: string, size: boolean): Promise<object | undefined> {
  const containers = await engine.containers();
  try {
    const container = await containers.get(text);
    const facts = await inspectContainer(container);
    if (!size) return facts;
    const [SizeRw, SizeRootFs] = await Promise.all([container.writtenBytes(), container.rootBytes()]);
    return { ...facts, SizeRw, SizeRootFs };
  } catch (error) {
    if (codeOf(error) === 'no-such-container') return undefined;
    throw error;
  }
}
