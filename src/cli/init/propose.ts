import { basename, posix } from 'node:path';
import type { RepositoryContext } from '../../release/tags/context.ts';
import { composeImages } from './compose-services.ts';
import { findDockerfiles, imageOfDockerfile, stagesOf } from './dockerfiles.ts';
import { ignoreFiles } from './ignore-files.ts';
import type { ProposedImage, ProposedWorkflow } from './proposal.ts';
import { RepositoryFiles } from './repository-files.ts';
import { proposeTests } from './tests.ts';
import { carryOver } from './workflow-images.ts';
import { dockerJobs } from './workflow-steps.ts';

export interface Proposal {
  images: ProposedImage[];
  workflow: ProposedWorkflow;
  /** Files that are not there yet, and keep what tests leave out of the way. */
  files: [string, string][];
  /** What was found and what could not be carried over: said to the user, and written at the top of the file. */
  notes: string[];
}

/** Looks at a repository: workflows say most about its images, then Compose, then the Dockerfiles themselves. */
export async function propose(folder: string, repository: RepositoryContext): Promise<Proposal> {
  const files = await RepositoryFiles.look(folder);
  const { jobs, notes: unread } = await dockerJobs(files);
  const place = repository.repository;
  const owner = place?.owner || 'owner';
  const name = place?.name ?? basename(folder);
  const defaults = { GITHUB_REPOSITORY: `${owner}/${name}`, GITHUB_REPOSITORY_OWNER: owner };
  const carried = carryOver(jobs, defaults);
  const compose = await composeImages(files);
  const notes = [...unread, ...compose.notes, ...(carried?.notes ?? [])];
  for (const file of new Set(jobs.map((job) => job.file)))
    notes.push(
      `${file} builds images with the docker actions: its settings are in these two files; remove it once they do its work`,
    );
  const found = [...(carried?.images ?? [])];
  for (const image of compose.images) if (!found.some((other) => isSame(other, image))) found.push(image);
  const { own, aside } = findDockerfiles(files);
  if (found.length === 0) found.push(...own.map(imageOfDockerfile));
  const left = [...own, ...aside].filter((path) => !found.some((image) => pathOf(image) === path));
  if (left.length > 0)
    notes.push(
      `not in the pipeline: ${left.slice(0, 10).join(', ')}${left.length > 10 ? ` and ${left.length - 10} more` : ''}`,
    );
  const images: ProposedImage[] = [];
  for (const image of uniqueKeys(found)) {
    const read = await stagesOf(image, files);
    if ('note' in read) {
      notes.push(`${read.note} (${image.from})`);
      if (/no such file/.test(read.note)) continue;
    }
    images.push({ ...image, tests: 'stages' in read ? await proposeTests(image, read.stages, files) : [] });
  }
  const keys = new Set(images.length > 1 ? images.map(({ key }) => key) : []);
  for (const image of images)
    image.contexts = image.contexts.filter((pair) => !/=image:/.test(pair) || keys.has(pair.replace(/^.*=image:/, '')));
  const ignore = await ignoreFiles(images, files);
  return {
    images,
    files: ignore.files,
    workflow: { name: 'containerize', ...(carried?.workflow ?? firstWorkflow(repository)) },
    notes: [...new Set([...notes, ...ignore.notes])],
  };
}

function firstWorkflow({ repository }: RepositoryContext): Omit<ProposedWorkflow, 'name'> {
  return {
    on: { push: { branches: [repository?.defaultBranch ?? 'main'], tags: ['v*'] }, pull_request: null },
    runsOn: 'ubuntu-24.04',
    checkout: {},
    before: [],
    env: {},
    logins: [],
  };
}

function pathOf({ context, dockerfile }: ProposedImage): string {
  return posix.join(context, dockerfile ?? 'Dockerfile');
}

function isSame(one: ProposedImage, other: ProposedImage): boolean {
  return pathOf(one) === pathOf(other) && one.target === other.target;
}

function uniqueKeys(images: readonly ProposedImage[]): ProposedImage[] {
  const used = new Set<string>();
  return images.map((image) => {
    let { key } = image;
    for (let i = 2; used.has(key); i++) key = `${image.key}-${i}`;
    used.add(key);
    return { ...image, key };
  });
}
