import type { Volume } from '../../container/volumes.ts';
import { didYouMean } from '../../errors.ts';
import { badValue } from '../arguments.ts';
import type { Column } from '../table.ts';

/** Docker's columns of `volume ls`. */
export const VOLUME_COLUMNS: readonly Column<Volume>[] = [
  { name: 'Driver', heading: 'DRIVER', value: () => 'local' },
  { name: 'Name', heading: 'VOLUME NAME', value: (volume) => volume.name },
  { name: 'Scope', heading: 'SCOPE', hidden: true, value: () => 'local' },
  { name: 'Mountpoint', heading: 'MOUNTPOINT', hidden: true, value: (volume) => volume.path },
  {
    name: 'Labels',
    heading: 'LABELS',
    hidden: true,
    value: (volume) =>
      Object.entries(volume.labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(','),
  },
  { name: 'CreatedAt', heading: 'CREATED AT', hidden: true, value: (volume) => volume.created },
];

/** Docker's JSON of `volume inspect`. */
export function volumeJson(volume: Volume): object {
  return {
    CreatedAt: volume.created,
    Driver: 'local',
    Labels: Object.keys(volume.labels).length === 0 ? null : volume.labels,
    Mountpoint: volume.path,
    Name: volume.name,
    Options: Object.keys(volume.options).length === 0 ? null : volume.options,
    Scope: 'local',
  };
}

/** `--filter` of volumes; `isUsed` tells for dangling=true. */
export function volumeFilter(
  filters: readonly string[],
  isUsed: (name: string) => boolean,
): (volume: Volume) => boolean {
  const keys = ['name', 'label', 'label!', 'dangling', 'driver', 'all'];
  const tests = filters.map((text) => {
    const [, key = '', value = ''] = /^([a-z]+!?)=(.*)$/s.exec(text) ?? [];
    const [name, ...rest] = value.split('=');
    const labelled = (v: Volume) => name! in v.labels && (rest.length === 0 || v.labels[name!] === rest.join('='));
    if (key === 'name') return (v: Volume) => v.name.includes(value);
    if (key === 'label') return labelled;
    if (key === 'label!') return (v: Volume) => !labelled(v);
    if (key === 'dangling') return (v: Volume) => isUsed(v.name) !== (value === 'true' || value === '1');
    if (key === 'driver') return () => value === 'local';
    if (key === 'all') return () => true;
    throw badValue('filter', `KEY=VALUE with one of ${keys.join(', ')}${didYouMean(key, keys)}`, text);
  });
  return (volume) => tests.every((test) => test(volume));
}
