/** What HTTP_PROXY, HTTPS_PROXY and NO_PROXY say, as plain data. */
export interface ProxySettings {
    /** Proxy for http: addresses. */
    http?: string;
    /** Proxy for https: addresses. */
    https?: string;
    /** Comma list of hosts that are reached directly. */
    no?: string;
}
/** Reads the usual variables; the lower-case spelling wins, as in curl. HTTP_PROXY is ignored under CGI, where a client's header sets it. */
export declare function proxyFromEnvironment(env: Readonly<Record<string, string | undefined>>): ProxySettings;
/** The proxy to use for `url`, or undefined for a direct connection. Loopback is always direct. */
export declare function proxyFor(url: URL, settings: ProxySettings): URL | undefined;
/** Value of Proxy-Authorization for the user and password in the proxy's address. */
export declare function proxyAuthorization(proxy: URL): string | undefined;
/** `localhost` and addresses that never leave this machine. */
export declare function isLoopback(host: string): boolean;
/** Whether an address lies in a network such as 10.0.0.0/8; names never do. */
export declare function inNetwork(host: string, cidr: string): boolean;
