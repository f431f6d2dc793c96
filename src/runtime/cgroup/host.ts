import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `hybrid`: some controllers are mounted the old way, and a cgroup2 tree besides. `none`: no cgroups at all. */
export type CgroupMode = 'v1' | 'hybrid' | 'v2' | 'none';

/** One mounted tree of cgroups. */
export interface Hierarchy {
  /** Where it is mounted. */
  folder: string;
  /** Where we ourselves are in it, seen from `folder`: `/` or `/user.slice/…`. */
  own: string;
}

/** What this machine has, as this process sees it. */
export interface CgroupHost {
  mode: CgroupMode;
  /** By controller: `memory`, `cpu`, … Co-mounted controllers share one object. */
  v1: ReadonlyMap<string, Hierarchy>;
  /** The cgroup2 tree; `controllers` are those that it can give (none that v1 has). */
  unified?: Hierarchy & { controllers: ReadonlySet<string> };
}

/** Reads what is mounted. The result holds as long as nobody mounts cgroups anew. */
export async function detectCgroups(): Promise<CgroupHost> {
  const host = parseHost(readFileSync('/proc/self/mountinfo', 'utf8'), await readOwn('self'));
  if (host.unified !== undefined) {
    const controllers = textOf(join(host.unified.folder, 'cgroup.controllers'));
    host.unified.controllers = new Set(controllers.trim().split(/\s+/).filter(Boolean));
  }
  return host;
}

interface MutableHost extends CgroupHost {
  v1: Map<string, Hierarchy>;
  unified?: Hierarchy & { controllers: ReadonlySet<string> };
}

/** The text of /proc/self/mountinfo and our cgroups by controller (`''` is the cgroup2 one) → what there is. */
export function parseHost(mountinfo: string, own: ReadonlyMap<string, string>): MutableHost {
  const v1 = new Map<string, Hierarchy>();
  let unified: MutableHost['unified'];
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const [type, , superOptions = ''] = right.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') continue;
    const [, , , root = '/', folderText = ''] = left.split(' ');
    const folder = unescapeOctal(folderText);
    if (type === 'cgroup2') {
      unified ??= { folder, own: below(own.get('') ?? '/', root), controllers: new Set() };
      continue;
    }
    const controllers = superOptions.split(',').filter((word) => own.has(word));
    const hierarchy: Hierarchy = { folder, own: below(own.get(controllers[0] ?? '') ?? '/', root) };
    for (const controller of controllers) if (!v1.has(controller)) v1.set(controller, hierarchy);
  }
  const real = [...v1.keys()].some((name) => !name.startsWith('name='));
  const mode = real ? (unified === undefined ? 'v1' : 'hybrid') : unified === undefined ? 'none' : 'v2';
  return { mode, v1, ...(unified !== undefined && { unified }) };
}

/** The cgroups of a process by controller; `''` is the cgroup2 one. Empty when it is gone. */
export async function readOwn(pid: number | 'self'): Promise<Map<string, string>> {
  const text = textOf(`/proc/${pid}/cgroup`);
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    if (match) for (const name of match[1]!.split(',')) paths.set(name, match[2]!);
  }
  return paths;
}

/** A path of /proc/PID/cgroup as seen from a mount that shows only what is below `root`. */
function below(path: string, root: string): string {
  if (root === '/' || root.startsWith('/..')) return path;
  if (path === root) return '/';
  return path.startsWith(`${root}/`) ? path.slice(root.length) : '/';
}

/** The kernel's own files come from memory: nothing to wait for. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
