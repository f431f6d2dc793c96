import { parseReference, type Reference, withDefaultTag } from '../../oci/reference.ts';

/** A repository and the tags that it gets. */
export interface PublishGroup {
  /** `ghcr.io/owner/app`. */
  name: string;
  reference: Pick<Reference, 'registry' | 'repository'>;
  tags: string[];
}

/**
 * Full names by repository, in their order, each tag once. Owners on GitHub may have capitals and repositories may not:
 * they are written small, which `onNote` hears. @throws ImageNameError before anything is sent
 */
export function groupNames(names: readonly string[], onNote: (message: string) => void = () => {}): PublishGroup[] {
  const groups = new Map<string, PublishGroup>();
  for (const name of names) {
    const { registry, repository, tag } = withDefaultTag(parseReference(lowerCased(name, onNote)));
    const key = `${registry}/${repository}`;
    const group = groups.get(key) ?? { name: key, reference: { registry, repository }, tags: [] };
    groups.set(key, group);
    if (tag !== undefined && !group.tags.includes(tag)) group.tags.push(tag);
  }
  return [...groups.values()];
}

/** The name with its repository in lower case; tags may have capitals. */
export function lowerCased(name: string, onNote: (message: string) => void): string {
  const at = name.indexOf('@');
  const bare = at < 0 ? name : name.slice(0, at);
  const colon = bare.indexOf(':', bare.lastIndexOf('/') + 1);
  const path = colon < 0 ? bare : bare.slice(0, colon);
  if (path === path.toLowerCase()) return name;
  const lower = path.toLowerCase() + name.slice(path.length);
  onNote(`${name} is written ${lower}: repositories are in lower case`);
  return lower;
}
