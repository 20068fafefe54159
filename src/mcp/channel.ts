/** The port over which lines go to one MCP server and come back: an attached container, a socket to the bridge, a test. */

export interface Channel {
  /** One message, without the newline. */
  send(line: Buffer | string): void;
  /** One message, without the newline. At most one listener. */
  onLine(listener: (line: Buffer) => void): void;
  /** Once, with why in words. */
  onClose(listener: (reason: string) => void): void;
  close(): void;
}
