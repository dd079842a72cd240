/** What the demo shows while it runs: re-drawn in place on a terminal, plain lines elsewhere. */
import { bytes, count, microseconds, milliseconds } from '../format.js';
import { paint } from '../output.js';

export interface LiveFigures {
  /** Phases so far with their times; the last is the one that runs. */
  phases: { name: string; ms: number | null }[];
  /** Entries that were made beforehand, while that goes on. */
  filled: number | null;
  /** Packets per second that arrive, both directions. */
  pps: number | null;
  lost: number | null;
  p99Us: number | null;
  /** Snapshot and statelets that srcInst has sent. */
  sentBytes: number | null;
  lagBytes: number | null;
}

const NOTHING: LiveFigures = {
  phases: [],
  filled: null,
  pps: null,
  lost: null,
  p99Us: null,
  sentBytes: null,
  lagBytes: null,
};
/** A terminal is drawn at most this often; elsewhere a line of figures comes once a second. */
const DRAW_MS = 100;
const LINE_MS = 1000;

export class LiveView {
  readonly #stream: NodeJS.WriteStream;
  #figures = NOTHING;
  #title = '';
  #drawnLines = 0;
  #drawnAt = -Infinity;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** A line that stays. */
  note(text: string): void {
    this.#erase();
    this.#stream.write(`${text}\n`);
    this.#draw(true);
  }

  begin(title: string): void {
    this.#title = title;
    this.#figures = NOTHING;
    if (!this.#stream.isTTY) this.#stream.write(`${title}\n`);
  }

  update(change: Partial<LiveFigures>): void {
    const before = currentPhase(this.#figures);
    this.#figures = { ...this.#figures, ...change };
    this.#draw(currentPhase(this.#figures) !== before);
  }

  /** Ends the drawing; what was drawn last stays. */
  end(): void {
    this.#draw(true);
    this.#drawnLines = 0;
    this.#title = '';
  }

  #draw(now: boolean): void {
    if (this.#title === '') return;
    const interval = this.#stream.isTTY ? DRAW_MS : LINE_MS;
    if (!now && performance.now() - this.#drawnAt < interval) return;
    this.#drawnAt = performance.now();
    if (!this.#stream.isTTY) {
      this.#stream.write(`  ${figuresText(this.#figures)}\n`);
      return;
    }
    this.#erase();
    const lines = [
      paint(this.#stream, 'bold', this.#title),
      ...this.#figures.phases.map((phase) => phaseLine(phase.name, phase.ms)),
      figuresText(this.#figures),
    ];
    this.#stream.write(`${lines.join('\n')}\n`);
    this.#drawnLines = lines.length;
  }

  #erase(): void {
    if (this.#drawnLines > 0) this.#stream.write(`\u001b[${this.#drawnLines}A\u001b[J`);
    this.#drawnLines = 0;
  }
}

function currentPhase(figures: LiveFigures): string {
  return figures.phases.at(-1)?.name ?? '';
}

function phaseLine(name: string, ms: number | null): string {
  return `  ${name.padEnd(14)} ${ms === null ? '...' : milliseconds(ms).padStart(10)}`;
}

export function figuresText(figures: LiveFigures): string {
  if (figures.filled !== null) return `filling the table: ${count(figures.filled)} entries`;
  const parts = [
    currentPhase(figures) || 'steady',
    `${count(figures.pps)} packets/s`,
    `lost ${count(figures.lost)}`,
    `p99 ${microseconds(figures.p99Us)}`,
    `sent ${bytes(figures.sentBytes)}`,
    `lag ${bytes(figures.lagBytes)}`,
  ];
  return parts.join('  ');
}
