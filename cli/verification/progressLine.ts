/** One line on a terminal that shows what the command is doing, and disappears at the end. */
import { onInterrupt } from "../interruption";

export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

/** Shows nothing if the stream is not a terminal. */
export function progressLine(stack: string, stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  if (!stream.isTTY) return { show: () => {}, clear: () => {} };
  let shown = false;
  const wipe = () => {
    if (shown) stream.write("\r\u001b[K");
    shown = false;
  };
  const release = onInterrupt(wipe);
  return {
    show(text) {
      wipe();
      stream.write(`stack ${stack}: ${text}`.slice(0, (stream.columns || 80) - 1));
      shown = true;
    },
    clear() {
      wipe();
      release();
    },
  };
}
