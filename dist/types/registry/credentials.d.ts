/** What proves to a registry who we are. */
export interface Credential {
    username: string;
    password: string;
    /** An OAuth2 refresh token, instead of a password. */
    identityToken?: string;
    /** A bearer token to send as it is. */
    registryToken?: string;
}
export interface CredentialSource {
    get(registry: string): Promise<Credential | undefined>;
}
/** For who has none, or no home to keep them in. */
export declare const anonymous: CredentialSource;
/** Docker's config.json: `auths`, `credHelpers`, `credsStore`. */
export declare class DockerConfig implements CredentialSource {
    #private;
    readonly path: string;
    /** `folder` is docker's configuration folder, `env` what helpers are started with, `owner` to whom a new file belongs. */
    constructor(folder: string, env: Readonly<Record<string, string | undefined>>, owner?: {
        uid: number;
        gid: number;
    });
    get(registry: string): Promise<Credential | undefined>;
    /** Keeps a credential: in the helper that serves this registry, else in the file, readable by its owner only. */
    store(registry: string, credential: Credential): Promise<{
        helper?: string;
    }>;
    /** Forgets what is kept for a registry; false when nothing was. */
    erase(registry: string): Promise<boolean>;
}
/** How docker spells a registry in config.json and to helpers. */
export declare function configKey(registry: string): string;
