/** One value for one file of a controller, before it is known in which folder that lies. */
export interface CgroupWrite {
    controller: string;
    file: string;
    value: string;
    /** A kernel without the file is a warning, no error. */
    optional?: boolean;
}
/** Hears what cannot be carried out exactly. */
export type OnWarning = (message: string) => void;
/** -1 or nothing sensible below zero: no limit. */
export declare function limitText(value: number, unlimited: string): string;
/** Numbers that JSON writers mean as "not set": absent and zero. */
export declare function isSet(value: number | undefined): value is number;
