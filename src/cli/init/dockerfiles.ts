import { posix } from 'node:path';
import type { Stage } from '../../dockerfile/instruction.ts';
import { parseDockerfile } from '../../dockerfile/parse.ts';
import { messageOf } from '../../errors.ts';
import { type ProposedImage, plainImage } from './proposal.ts';
import type { RepositoryFiles } from './repository-files.ts';

/** Variants that are no image of a product. */
const ASIDE =
  /(^|[/._-])(dev|devel|development|test|tests|debug|local|example|examples|sample|samples|docs?|bench|e2e|fixtures|testdata)([/._-]|$)/i;

/** Paths of Dockerfiles that look like images of the product, and those that do not. */
export function findDockerfiles(files: RepositoryFiles): { own: string[]; aside: string[] } {
  const all = files.paths.filter((path) => {
    const name = posix.basename(path);
    return (
      !/\.(dockerignore|md|txt|sh|j2|tmpl|template)$/.test(name) &&
      /^(Docker|Container)file([.-].+)?$|\.(Docker|Container)file$/i.test(name)
    );
  });
  const own = all.filter((path) => !ASIDE.test(path.replace(/(Docker|Container)file/i, '')));
  // a repository of examples has nothing else
  return own.length > 0 ? { own, aside: all.filter((path) => !own.includes(path)) } : { own: all, aside: [] };
}

/** The image of a Dockerfile that nobody says more about. */
export function imageOfDockerfile(path: string): ProposedImage {
  const folder = posix.dirname(path);
  const name = posix.basename(path);
  // docker/Dockerfile and build/Dockerfile are about the repository around them
  const around = /^(docker|build|deploy|container|containers|ci|\.docker)$/.test(folder);
  const context = around ? '.' : folder;
  const variant =
    /^(?:Docker|Container)file[.-](.+)$/i.exec(name)?.[1] ?? /^(.+)\.(?:Docker|Container)file$/i.exec(name)?.[1];
  const image = plainImage(keyOf(variant ?? (context === '.' ? 'app' : posix.basename(folder))), path, context);
  const dockerfile = posix.relative(context, path);
  return dockerfile === 'Dockerfile' ? image : { ...image, dockerfile };
}

/** Letters, digits, `.`, `_` and `-`. */
export function keyOf(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[._-]+|[._-]+$/g, '') || 'image'
  );
}

/** The stages of an image's Dockerfile; a note instead when it cannot be read. */
export async function stagesOf(
  image: ProposedImage,
  files: RepositoryFiles,
): Promise<{ stages: readonly Stage[] } | { note: string }> {
  const path = posix.join(image.context, image.dockerfile ?? 'Dockerfile');
  const text = await files.read(path);
  if (text === undefined) return { note: `${path}: there is no such file` };
  try {
    return { stages: parseDockerfile(text, path).stages };
  } catch (error) {
    return { note: `${path} cannot be read: ${messageOf(error)}` };
  }
}
