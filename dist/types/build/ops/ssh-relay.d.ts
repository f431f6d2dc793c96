/** A socket for one RUN that leads to the user's ssh agent: the step sees the agent, never the keys. */
export interface SshRelay {
    /** The socket's file, to be bound into the container. */
    path: string;
    close(): Promise<void>;
}
/** Makes the relay in `folder`; the agent's own socket is reachable for its owner only, and not from inside. */
export declare function relayAgent(agent: string, folder: string, name: string, access: {
    mode: number;
    uid: number;
    gid: number;
}): Promise<SshRelay>;
