import { ContainerizeError } from '../errors.ts';
import { type Digest, isDigest } from './digest.ts';

/**
 * `[registry/]repository[:tag][@digest]`, in Docker's reading: no registry means docker.io, no slash there means
 * `library/`. distribution-spec § Pulling manifests gives the grammar of names and tags.
 */
export interface Reference {
  /** Host and port as a client dials it: `docker.io`, `ghcr.io`, `localhost:5000`. */
  registry: string;
  /** `library/debian`, `owner/app`. */
  repository: string;
  tag?: string;
  digest?: Digest;
}

export class ImageNameError extends ContainerizeError<'invalid-reference'> {}

export const DEFAULT_REGISTRY = 'docker.io';
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const HOST =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;

/** Parses a name as a user writes it. Without tag and digest the tag is left out: see {@link withDefaultTag}. */
export function parseReference(text: string): Reference {
  const fail = (what: string, hint?: string): never => {
    throw new ImageNameError('invalid-reference', `invalid image name "${text.slice(0, 300)}": ${what}`, { hint });
  };
  if (text === '') return fail('it is empty');
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest))
    return fail(`"${digest.slice(0, 100)}" is not a digest such as sha256:<64 hex digits>`);
  let name = at < 0 ? text : text.slice(0, at);
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  let tag: string | undefined;
  // `localhost:5000/app` has its colon before the last slash; `app:1` has it after.
  if (colon >= 0) [name, tag] = [name.slice(0, colon), name.slice(colon + 1)];
  if (tag !== undefined && !TAG.test(tag))
    return fail(
      `tag "${tag.slice(0, 140)}" must be 1 to 128 letters, digits, "_", "." or "-", not starting with "." or "-"`,
    );
  const { registry, repository } = splitRegistry(name);
  if (!HOST.test(registry)) return fail(`"${registry}" is not a registry host`);
  if (repository.length === 0) return fail('the repository is missing');
  if (repository.length > 255) return fail('the repository is longer than 255 characters');
  if (/^[0-9a-f]{64}$/.test(repository)) return fail('64 hex digits are an image ID, not a name');
  if (repository.split('/').some((part) => !COMPONENT.test(part))) {
    return fail(
      'a repository is lower-case letters, digits and single ".", "_", "-" between them, in parts separated by "/"',
      /[A-Z]/.test(repository) && !/\s/.test(text) ? `use ${name.toLowerCase()}${text.slice(name.length)}` : undefined,
    );
  }
  return { registry, repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** The reference with tag `latest` when it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: 'latest' } : reference;
}

/** The whole name, `docker.io/library/debian:12`: one spelling for one image, used as key. */
export function formatReference(reference: Reference): string {
  return `${reference.registry}/${suffix(reference)}`;
}

/** The short name that Docker users expect, `debian:12`. */
export function familiarReference(reference: Reference): string {
  if (reference.registry !== DEFAULT_REGISTRY) return formatReference(reference);
  return suffix({ ...reference, repository: reference.repository.replace(/^library\/(?=[^/]+$)/, '') });
}

function suffix({ repository, tag, digest }: Reference): string {
  return `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

function splitRegistry(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, slash);
  if (
    slash < 0 ||
    !(first.includes('.') || first.includes(':') || first === 'localhost' || first !== first.toLowerCase())
  ) {
    return { registry: DEFAULT_REGISTRY, repository: slash < 0 ? `library/${name}` : name };
  }
  const registry = first === 'index.docker.io' || first === 'registry-1.docker.io' ? DEFAULT_REGISTRY : first;
  const repository = name.slice(slash + 1);
  return {
    registry,
    repository:
      registry === DEFAULT_REGISTRY && !repository.includes('/') && repository !== ''
        ? `library/${repository}`
        : repository,
  };
}
