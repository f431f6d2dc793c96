import type { EngineSettings } from '../pipeline/wire.js';
/** What the process was given, as plain data: nothing below the doors reads `process.env`. */
export interface Environment {
    env: Readonly<Record<string, string | undefined>>;
    cwd: string;
    home: string;
    uid: number;
    gid: number;
    debug: boolean;
    /** A CI service runs this: no questions, no cursor tricks. */
    ci: boolean;
}
export declare function readEnvironment(): Environment;
/** Where state lies and how the network is reached, for whoever carries the work out. */
export declare function engineSettings(environment: Environment, overrides: {
    root?: string | undefined;
    run?: string | undefined;
}, privilege: {
    rootless: boolean;
}): EngineSettings;
