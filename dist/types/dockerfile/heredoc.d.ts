/** `<<NAME` as it stands on the instruction's line; its body follows below. */
export interface HeredocMark {
    name: string;
    /** `<<-`: leading tabs of the body are dropped. */
    chomp: boolean;
    expand: boolean;
    fileDescriptor: number;
}
/** Reads one word as a heredoc mark; undefined when it is none. */
export declare function heredocMark(word: string): HeredocMark | undefined;
/** All heredoc marks of an instruction's line, in order. */
export declare function heredocMarks(line: string): HeredocMark[];
/** The body of a `<<-` document: tabs at line starts removed. */
export declare function withoutLeadingTabs(content: string): string;
