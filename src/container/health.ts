import type { Healthcheck } from '../oci/image-config.ts';
import type { ContainerRecord } from './record.ts';

/** The image's health check with the user's changes; undefined when there is none or it is switched off. */
export function healthcheckOf(record: Pick<ContainerRecord, 'imageConfig' | 'options'>): Healthcheck | undefined {
  const merged: Healthcheck = { ...record.imageConfig.Healthcheck, ...record.options.health };
  const kind = merged.Test?.[0];
  return kind === undefined || kind === 'NONE' || kind === '' ? undefined : merged;
}

/** The program to run for a check: `CMD …` as it is, `CMD-SHELL text` by the image's shell. */
export function healthCommand(check: Healthcheck, shell: readonly string[] | undefined): string[] {
  const [kind, ...words] = check.Test ?? [];
  return kind === 'CMD-SHELL' ? [...(shell ?? ['/bin/sh', '-c']), words.join(' ')] : words;
}
