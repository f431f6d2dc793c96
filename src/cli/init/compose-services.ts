import { posix } from 'node:path';
import { parse } from 'yaml';
import { messageOf } from '../../errors.ts';
import { keyOf } from './dockerfiles.ts';
import { type ProposedImage, plainImage } from './proposal.ts';
import type { RepositoryFiles } from './repository-files.ts';

const FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];

/** Images that a Compose file builds. Values are taken as they are: its variables have our rules. */
export async function composeImages(files: RepositoryFiles): Promise<{ images: ProposedImage[]; notes: string[] }> {
  for (const file of FILES) {
    const text = await files.read(file);
    if (text === undefined) continue;
    try {
      const value = parse(text, { merge: true, maxAliasCount: 100 }) as { services?: unknown } | null;
      return { images: servicesOf(value?.services, file), notes: [] };
    } catch (error) {
      return { images: [], notes: [`${file} cannot be read: ${messageOf(error).split('\n')[0]}`] };
    }
  }
  return { images: [], notes: [] };
}

function servicesOf(services: unknown, file: string): ProposedImage[] {
  if (!isPlain(services)) return [];
  return Object.entries(services).flatMap(([name, service]) => {
    if (!isPlain(service) || service.build === undefined || service.build === null) return [];
    const build = isPlain(service.build) ? service.build : { context: service.build };
    const context = textOf(build.context) ?? '.';
    if (context.includes('://') || build.dockerfile_inline !== undefined) return [];
    const image = plainImage(keyOf(name), `${file}, service ${name}`, posix.normalize(context).replace(/(.)\/$/, '$1'));
    const named = textOf(service.image);
    const dockerfile = textOf(build.dockerfile);
    const target = textOf(build.target);
    return [
      {
        ...image,
        // the tag is the pipeline's business
        repositories:
          named === undefined || /\$/.test(named) ? [] : [named.replace(/@.*$/, '').replace(/:[^/:]*$/, '')],
        ...(dockerfile === undefined || dockerfile === 'Dockerfile' ? {} : { dockerfile }),
        ...(target === undefined ? {} : { target }),
        args: pairs(build.args),
        contexts: pairs(build.additional_contexts).map((pair) =>
          pair.replace(/=service:(.*)$/, (_, of) => `=image:${keyOf(of)}`),
        ),
        platforms: Array.isArray(build.platforms) ? build.platforms.filter((one) => typeof one === 'string') : [],
      },
    ];
  });
}

function pairs(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter((one): one is string => typeof one === 'string');
  if (!isPlain(value)) return [];
  return Object.entries(value).map(([key, one]) => (one === null ? key : `${key}=${one}`));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Keys with values. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
