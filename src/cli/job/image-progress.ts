import type { Progress } from '../../progress.ts';

/** Progress of one image among several: its name stands in every task's and warning's. */
export function imageProgress(progress: Progress, image: string): Progress {
  return {
    start: ({ name, group }) =>
      progress.start({ name: nameIn(image, name), ...(group === undefined ? {} : { group: `${image} ${group}` }) }),
    warn: (message) => progress.warn(`${image}: ${message}`),
  };
}

/** `[build 2/5] RUN make` → `[api build 2/5] RUN make`; `[internal] …` stays one of those. */
function nameIn(image: string, name: string): string {
  const internal = '[internal] ';
  if (name.startsWith(internal)) return `${internal}${image}: ${name.slice(internal.length)}`;
  return name.startsWith('[') ? `[${image} ${name.slice(1)}` : `${image}: ${name}`;
}
