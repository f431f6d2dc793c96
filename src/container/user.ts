import { ContainerError } from './container-error.ts';
import type { ResolvedUser } from './spec.ts';

/** Text of the image's /etc/passwd and /etc/group, read inside its root; undefined when it has none. */
export interface AccountFiles {
  passwd: string | undefined;
  group: string | undefined;
}

const MAX_ID = 2 ** 31 - 1;

/**
 * `user[:group]` by Docker's rules: names are looked up in the image, numbers need not be there. Without a group the
 * user's own and every group that lists the user; with one, that group alone. The group itself is among the additional
 * ones: a program with its bit for set-group-ID would lose it otherwise, and so pass by files that the group may not
 * touch (CVE-2022-36109). Numbers are strict decimals
 * (a lenient reading of `-u` made crun run as another user: CVE-2026-30892).
 */
export function resolveUser(files: AccountFiles, text: string, groupAdd: readonly string[] = []): ResolvedUser {
  const [userPart = '', groupPart, ...more] = text.split(':');
  if (more.length > 0) throw noSuch(`expected USER[:GROUP], found "${text}"`);
  const users = parsePasswd(files.passwd);
  const groups = parseGroup(files.group);
  const uid = numberOf(userPart === '' ? '0' : userPart);
  const user = users.find((u) => (uid === undefined ? u.name === userPart : u.uid === uid));
  if (uid === undefined && user === undefined)
    throw noSuch(`there is no user "${userPart}" in the image's /etc/passwd`);
  const added = groupAdd.map((group) => groupId(groups, group));
  const home = user?.home;
  const base = { uid: uid ?? user!.uid, ...(home === undefined || home === '' ? {} : { home }) };
  if (groupPart !== undefined && groupPart !== '') {
    const gid = groupId(groups, groupPart);
    return { ...base, gid, additionalGids: unique([gid, ...added]) };
  }
  const listed = user === undefined ? [] : groups.filter((g) => g.members.includes(user.name)).map((g) => g.gid);
  const gid = user?.gid ?? 0;
  return { ...base, gid, additionalGids: unique([gid, ...listed, ...added]) };
}

/** A number, or the ID of a group of this name. */
function groupId(groups: readonly Group[], text: string): number {
  const gid = numberOf(text);
  if (gid !== undefined) return gid;
  const group = groups.find((g) => g.name === text);
  if (group === undefined) throw noSuch(`there is no group "${text}" in the image's /etc/group`);
  return group.gid;
}

function numberOf(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const number = Number(text);
  if (number > MAX_ID) throw noSuch(`user and group IDs go from 0 to ${MAX_ID}, found ${text}`);
  return number;
}

interface User {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

interface Group {
  name: string;
  gid: number;
  members: string[];
}

/** Lines that are not well-formed are passed over, as the C library does. */
function parsePasswd(text: string | undefined): User[] {
  return rows(text).flatMap(([name, , uid, gid, , home]) => {
    if (!name || !isId(uid) || !isId(gid)) return [];
    return [{ name, uid: Number(uid), gid: Number(gid), home: home ?? '' }];
  });
}

function parseGroup(text: string | undefined): Group[] {
  return rows(text).flatMap(([name, , gid, members]) => {
    if (!name || !isId(gid)) return [];
    return [{ name, gid: Number(gid), members: (members ?? '').split(',').map((m) => m.trim()) }];
  });
}

function rows(text: string | undefined): string[][] {
  return (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));
}

function isId(text: string | undefined): boolean {
  return text !== undefined && /^\d+$/.test(text) && Number(text) <= MAX_ID;
}

function unique(ids: readonly number[]): number[] {
  return [...new Set(ids)];
}

function noSuch(message: string): ContainerError {
  return new ContainerError('no-such-user', `user: ${message}`, {
    hint: 'use a numeric ID, or make the user in the image',
  });
}
