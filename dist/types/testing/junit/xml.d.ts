/** Hears the parts of a document in order. Names are as written, with their prefix. */
export interface XmlHandler {
    open(name: string, attributes: ReadonlyMap<string, string>): void;
    text(text: string): void;
    close(name: string): void;
}
/**
 * Reads XML 1.0 (fifth edition) as reports of tests have it: elements, attributes, text, CDATA, comments, processing
 * instructions. A document type is refused, and with it every entity but the five and character references: nothing in
 * the document can grow, and nothing is fetched.
 *
 * @throws TestingError `bad-junit` with the place
 */
export declare function parseXml(document: string, file: string, handler: XmlHandler): void;
