import type { Readable, Writable } from 'node:stream';
import type { ExitReport } from '../reports.js';
import type { OverlayMount } from './overlay.js';
import type { Spec } from './spec.js';
import type { Seccomp } from './spec-linux.js';
/** One container to make. `spec.root.path` is not looked at: `rootfs` says what the root is. */
export interface ContainerRequest {
    id: string;
    spec: Spec;
    /** A folder, or an overlay that the helper mounts in the container's own mount namespace. */
    rootfs: OverlayMount | string;
    /** Below the cgroup root, such as `/containerize-ID`; default is `spec.linux.cgroupsPath`, then `/containerize-ID`. */
    cgroupPath?: string;
    /** Folder that relative bind sources count from, and that hooks are told; default the run folder. */
    bundle?: string;
    /** Overlays mounted on `target` (an empty folder of the host) in the container's mount namespace, as sources of bind mounts. */
    overlays?: readonly {
        mount: OverlayMount;
        target: string;
    }[];
    /** A tiny init as process 1. */
    init?: boolean;
    /** Where the overlay is mounted before pivot_root; default an empty folder of the run folder. */
    mountPoint?: string;
}
/**
 * Where the process's streams go. `inherit` hands over our own descriptor: a container may then do to it what it likes.
 * `relay` is our own descriptor as well, but the helper copies between it and a real pipe that the container gets.
 * Streams given are piped by the helper through real pipes, so that `echo x > /dev/stdout` works inside.
 */
export interface ProcessIo {
    stdin: 'null' | 'inherit' | 'relay' | Readable;
    stdout: 'null' | 'inherit' | 'relay' | Writable;
    stderr: 'null' | 'inherit' | 'relay' | Writable;
    /** `spec.process.terminal` must be true; the terminal is relayed on stdin and stdout. */
    terminal?: {
        rows: number;
        columns: number;
    };
}
/** A process that was made: it has a pid; it may not have begun yet. */
export interface Running {
    /** Process ID as the host sees it. */
    pid: number;
    /** Resolves once the program runs; rejects with RuntimeError `not-found`, `not-executable`, … when it could not. */
    started: Promise<void>;
    /** Resolves when everything of it is gone and its output has been handed over. Rejects when it never started. */
    exit: Promise<ExitReport>;
    /** Resolves with the name of an errno when our standard output cannot be written any more: `EPIPE`, `ENOSPC`. Else it never does. */
    outputLost: Promise<string>;
    /** Signal name or number. */
    kill(signal: NodeJS.Signals | number): void;
    resize(rows: number, columns: number): void;
    closeStdin(): void;
    /** Goes away and leaves it running: nobody hears it any more, and `exit` never comes. Resolves when our streams are free. */
    leave(): Promise<void>;
}
/** Names a process safely: a reused pid has another start time (field 22 of /proc/PID/stat). */
export interface ProcessIdentity {
    pid: number;
    startTime: string;
}
export interface ExecTarget extends ProcessIdentity {
    /** The container's filter, which a process that joins it must have as well. */
    seccomp?: Seccomp;
}
/** What `detach` makes and where it is told about. */
export interface DetachFiles {
    /** Framed log: one JSON line a chunk. */
    log: string;
    /** Exit report as JSON, written atomically. */
    exit: string;
    /** A unix socket, at most 107 bytes long. */
    attachSocket?: string;
    /** Stdin comes from whoever is attached, and stays open between them; else it is /dev/null. */
    openStdin?: boolean;
    /** Output waits so long (milliseconds) for the first who attaches. */
    waitClientMs?: number;
}
export interface Detached extends ProcessIdentity {
    monitorPid: number;
}
/** What this runtime can do: the `features` document of the specification. */
export interface RuntimeFeatures {
    ociVersionMin: string;
    ociVersionMax: string;
    hooks: string[];
    mountOptions: string[];
    linux: Record<string, unknown>;
    annotations?: Record<string, string>;
    potentiallyUnsafeConfigAnnotations?: string[];
}
