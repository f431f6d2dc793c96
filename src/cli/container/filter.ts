import type { Container } from '../../container/container.ts';
import { didYouMean } from '../../errors.ts';
import { badValue } from '../arguments.ts';
import { type ContainerRow, labelsOf, sameImage, statusWord } from './row.ts';

const KEYS = [
  'id',
  'name',
  'label',
  'status',
  'exited',
  'ancestor',
  'volume',
  'network',
  'health',
  'before',
  'since',
  'is-task',
  'publish',
  'expose',
];

const WORDS: Readonly<Record<string, readonly string[]>> = {
  status: ['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead'],
  health: ['starting', 'healthy', 'unhealthy', 'none'],
};

function checkValue(key: string, value: string): void {
  const words = WORDS[key];
  if (words !== undefined && !words.includes(value))
    throw badValue('filter', `${key}=WORD with one of ${words.join(', ')}${didYouMean(value, words)}`, value);
  if (key === 'exited' && !/^\d{1,3}$/.test(value)) throw badValue('filter', 'exited=N with an exit code', value);
  if (key !== 'name') return;
  try {
    new RegExp(value);
  } catch {
    throw badValue('filter', 'name=NAME with a part of a name, or a regular expression', value);
  }
}

/** `--filter KEY=VALUE`: values of one key are alternatives, different keys must all hold. */
export function containerFilter(filters: readonly string[], all: readonly Container[]): (row: ContainerRow) => boolean {
  const byKey = new Map<string, string[]>();
  for (const text of filters) {
    const equals = text.indexOf('=');
    const key = equals < 0 ? text : text.slice(0, equals);
    if (equals < 0 || !KEYS.includes(key))
      throw badValue('filter', `KEY=VALUE with one of ${KEYS.join(', ')}${didYouMean(key, KEYS)}`, text);
    checkValue(key, text.slice(equals + 1));
    byKey.set(key, [...(byKey.get(key) ?? []), text.slice(equals + 1)]);
  }
  const created = (name: string): string => {
    const found = all.find((c) => c.name === name || c.id.startsWith(name));
    if (found === undefined) throw badValue('filter', 'a container that is there', name);
    return found.record.created;
  };
  const holds = (row: ContainerRow, key: string, value: string): boolean => {
    const { container, state } = row;
    switch (key) {
      case 'id':
        return container.id.startsWith(value);
      case 'name':
        return new RegExp(value).test(container.name) || new RegExp(value).test(`/${container.name}`);
      case 'label': {
        const [name, ...rest] = value.split('=');
        const label = labelsOf(container)[name!];
        return label !== undefined && (rest.length === 0 || label === rest.join('='));
      }
      case 'status':
        return statusWord(row) === value;
      case 'exited':
        return state.status === 'exited' && String(state.exit?.exitCode) === value;
      case 'ancestor':
        return sameImage(container, value);
      case 'volume':
        return container.record.mounts.some((m) => m.name === value || m.source === value || m.destination === value);
      case 'network':
        return (container.record.options.network ?? 'host') === value;
      case 'health':
        return (state.health?.status ?? 'none') === value;
      case 'before':
        return container.record.created < created(value);
      case 'since':
        return container.record.created > created(value);
      default:
        return value === 'false';
    }
  };
  return (row) =>
    [...byKey].every(([key, values]) =>
      // every label must be there, as with docker
      key === 'label'
        ? values.every((value) => holds(row, key, value))
        : values.some((value) => holds(row, key, value)),
    );
}
