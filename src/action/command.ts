/** What a step is asked to do. */
export const COMMANDS = ['ci', 'build', 'test', 'push', 'release', 'promote', 'rollback', 'merge', 'plan'] as const;
export type ActionCommand = (typeof COMMANDS)[number];

/** Gives the text of an input; an input that is not set is empty (the runner does not tell the two apart). */
export type GetInput = (name: string) => string;
