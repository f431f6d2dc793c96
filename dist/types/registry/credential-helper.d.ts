type Verb = 'get' | 'store' | 'erase' | 'list';
/**
 * Runs `docker-credential-NAME VERB` with `input` on its stdin; secrets never stand on a command line. The answer is what it
 * printed. undefined: it knows no such credentials.
 */
export declare function runCredentialHelper(name: string, verb: Verb, input: string, env: Readonly<Record<string, string | undefined>>): Promise<string | undefined>;
export {};
