import { messageOf } from '../../errors.ts';
import type { Tree } from '../../layer/tree.ts';
import type { FileType, TreeStat } from '../../layer/tree-types.ts';
import type { ContentCheck, ExistenceCheck, LicenseCheck } from './checks.ts';
import { type Environment, expand } from './environment.ts';
import { type Findings, textProblems } from './verdict.ts';

/** The image's root file system: every path is resolved in it, links included. */
export type ImageRoot = Pick<Tree, 'stat' | 'list' | 'read'>;

/** Bytes of a file that patterns look at. */
const MOST_BYTES = 8 * 1024 * 1024;
const EXECUTABLE = { owner: 0o100, group: 0o010, other: 0o001, any: 0o111 } as const;

const DEBIAN_DOCS = '/usr/share/doc';
/** What the original refuses and what it lets pass: the rule is its own, and not ours to widen. */
const FORBIDDEN = ['AGPL', 'WTFPL'];
const LET_PASS = new Set(['libgnutls30']);
/** Licence files that are read at once. */
const AT_ONCE = 16;

/** Whether something is at a path, and what it is: a link is looked at itself, but for whether it can be executed. */
export async function checkExistence(check: ExistenceCheck, root: ImageRoot, env: Environment): Promise<Findings> {
  const path = expand(check.path, env);
  const found = await statOf(root, path);
  if (typeof found === 'string')
    return { problems: check.shouldExist ? [`expected ${path} to exist, found ${found}`] : [] };
  if (!check.shouldExist) return { problems: [`expected nothing at ${path}, found ${KINDS[found.type]}`] };
  const problems: string[] = [];
  const modes = [listMode(found), goMode(found)];
  if (check.permissions !== undefined && !modes.includes(check.permissions))
    problems.push(`expected permissions ${check.permissions}, found ${modes[0]}`);
  for (const [name, id] of [
    ['uid', 'user'],
    ['gid', 'group'],
  ] as const)
    if (check[name] !== undefined && check[name] !== found[name])
      problems.push(`expected ${id} ${check[name]} as owner, found ${found[name]}`);
  if (check.executableBy !== undefined) {
    const target = found.type === 'symlink' ? await statOf(root, path, true) : found;
    const who = check.executableBy === 'any' ? 'anybody' : check.executableBy;
    if (typeof target === 'string')
      problems.push(`expected ${path} to be executable by ${who}, found a link to ${found.link}: ${target}`);
    else if ((target.mode & EXECUTABLE[check.executableBy]) === 0)
      problems.push(`expected ${path} to be executable by ${who}, found ${listMode(target)}`);
  }
  return { problems };
}

/** What a file says. */
export async function checkContents(check: ContentCheck, root: ImageRoot, env: Environment): Promise<Findings> {
  const path = expand(check.path, env);
  const text = await readText(root, path);
  if (typeof text === 'string') return { problems: [`expected the file ${path}, found ${text}`] };
  return { problems: textProblems(path, text, check.contents) };
}

/** Licences by the original's rule: none of the files says AGPL or WTFPL, and each Debian package has one. */
export async function checkLicenses(check: LicenseCheck, root: ImageRoot): Promise<Findings> {
  const files = [...check.files];
  if (check.debian) {
    const docs = await statOf(root, DEBIAN_DOCS, true);
    if (typeof docs === 'string') return { problems: [`expected Debian's ${DEBIAN_DOCS}, found ${docs}`] };
    if (docs.type !== 'directory') return { problems: [`expected Debian's ${DEBIAN_DOCS}, found ${KINDS[docs.type]}`] };
    const packages = (await root.list(DEBIAN_DOCS)).filter(
      ({ type, path }) => type === 'directory' && !LET_PASS.has(path),
    );
    files.unshift(...packages.map(({ path }) => `${DEBIAN_DOCS}/${path}/copyright`));
  }
  const problems: string[] = [];
  for (let i = 0; i < files.length; i += AT_ONCE) {
    const some = files.slice(i, i + AT_ONCE);
    const texts = await Promise.all(some.map((path) => readText(root, path)));
    for (const [j, text] of texts.entries()) {
      if (typeof text === 'string') problems.push(`expected the licence ${some[j]}, found ${text}`);
      else if (!text.whole) problems.push(`expected a licence at ${some[j]}, found more than ${MOST_BYTES} bytes`);
      else {
        const upper = text.text.toUpperCase();
        const word = FORBIDDEN.find((one) => upper.includes(one));
        if (word !== undefined) problems.push(`expected none of ${FORBIDDEN.join(', ')} in ${some[j]}, found ${word}`);
      }
    }
  }
  return { problems };
}

const KINDS: Readonly<Record<FileType, string>> = {
  file: 'a file',
  directory: 'a folder',
  symlink: 'a link',
  char: 'a device',
  block: 'a device',
  fifo: 'a pipe',
  socket: 'a socket',
};

/** What is at a path, or in words why that cannot be said. */
async function statOf(root: ImageRoot, path: string, follow = false): Promise<TreeStat | string> {
  try {
    return (await root.stat(plain(path), follow ? {} : { noFollow: true })) ?? 'nothing';
  } catch (error) {
    return reason(error);
  }
}

async function readText(root: ImageRoot, path: string): Promise<{ text: string; whole: boolean } | string> {
  const found = await statOf(root, path, true);
  if (typeof found === 'string') return found;
  if (found.type !== 'file') return KINDS[found.type];
  try {
    const bytes = await root.read(plain(path), MOST_BYTES);
    return { text: bytes.toString('utf8'), whole: found.size <= MOST_BYTES };
  } catch (error) {
    return reason(error);
  }
}

/** Paths are from the root of the image, however they are written. */
function plain(path: string): string {
  return `/${path}`.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
}

/** An image may have a file where a folder is expected, links that run in circles, and so on: that is what was found. */
function reason(error: unknown): string {
  const name = (error as { errnoName?: string }).errnoName;
  if (name === 'ENOTDIR') return 'something that is no folder on the way';
  if (name === 'ELOOP') return 'links that run in circles';
  if (name === 'ENAMETOOLONG') return 'nothing: the name is too long';
  if (name === 'EXDEV' || name === 'EACCES') return messageOf(error);
  throw error;
}

/** As `ls -l` has it. */
function listMode({ type, mode }: TreeStat): string {
  const letter = { file: '-', directory: 'd', symlink: 'l', char: 'c', block: 'b', fifo: 'p', socket: 's' }[type];
  const letters = [...bits(mode)];
  const set = (at: number, bit: number, on: string, alone: string): void => {
    if (mode & bit) letters[at] = letters[at] === 'x' ? on : alone;
  };
  set(2, 0o4000, 's', 'S');
  set(5, 0o2000, 's', 'S');
  set(8, 0o1000, 't', 'T');
  return letter + letters.join('');
}

/** As the original has it, which is Go's way: `dtrwxrwxrwx` for /tmp, `Lrwxrwxrwx` for a link. */
function goMode({ type, mode }: TreeStat): string {
  const kind = { file: '', directory: 'd', symlink: 'L', char: 'D', block: 'D', fifo: 'p', socket: 'S' }[type];
  const special =
    (mode & 0o4000 ? 'u' : '') + (mode & 0o2000 ? 'g' : '') + (type === 'char' ? 'c' : '') + (mode & 0o1000 ? 't' : '');
  return (kind + special || '-') + bits(mode);
}

function bits(mode: number): string {
  return [...'rwxrwxrwx'].map((letter, i) => (mode & (0o400 >> i) ? letter : '-')).join('');
}
