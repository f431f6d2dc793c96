import type { SourceLocation } from '../errors.ts';
import { parseError } from './error.ts';

const PROTOCOLS = ['tcp', 'udp', 'sctp'];

/**
 * Expanded words of EXPOSE → `80/tcp`, ranges written out, sorted and without repeats: keys of the image config's
 * ExposedPorts. `ip:host:container` is accepted as Docker does; only the container's port counts.
 */
export function parsePorts(words: readonly string[], location: SourceLocation): string[] {
  const ports = new Set<string>();
  for (const word of words) for (const port of parsePort(word, location)) ports.add(port);
  return [...ports].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1));
}

function parsePort(word: string, location: SourceLocation): string[] {
  const fail = (): never => {
    throw parseError(
      'invalid-argument',
      location,
      `invalid containerPort: ${word}: expected a port such as 80, 53/udp or 8000-8010/tcp, each from 0 to 65535`,
    );
  };
  const [spec, protocol = 'tcp', ...more] = word.split('/');
  if (more.length > 0 || !PROTOCOLS.includes(protocol.toLowerCase())) {
    throw parseError('invalid-argument', location, `invalid proto: ${[protocol, ...more].join('/')}`, {
      hint: `expected one of ${PROTOCOLS.join(', ')}`,
    });
  }
  const container = spec!.slice(spec!.lastIndexOf(':') + 1);
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(container);
  if (!match) return fail();
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  if (last > 65_535 || first > last) return fail();
  return Array.from({ length: last - first + 1 }, (_, i) => `${first + i}/${protocol.toLowerCase()}`);
}
