// A plot as an SVG document: axes, lines, points with error bars, a legend. No more is needed.

/** A point; `low` and `high` are the ends of its error bar. */
export interface PlotPoint {
  x: number;
  y: number;
  low?: number;
  high?: number;
}

export interface PlotSeries {
  name: string;
  points: readonly PlotPoint[];
  /** A line for what was computed, marks for what was measured; both when not said. */
  style?: 'line' | 'marks';
}

export interface PlotAxis {
  label: string;
  scale?: 'linear' | 'log';
  /** Upper end; what is beyond it is cut off. */
  max?: number;
}

export interface Plot {
  title: string;
  x: PlotAxis;
  y: PlotAxis;
  series: readonly PlotSeries[];
}

const WIDTH = 760;
const HEIGHT = 440;
const FRAME = { left: 72, right: 560, top: 44, bottom: 384 };
/** Told apart by people who do not see all colours (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'];
const TICKS = 6;

export function renderSvg(plot: Plot): string {
  const points = plot.series.flatMap((series) => series.points);
  const x = new Scale(
    plot.x,
    points.map((point) => point.x),
    FRAME.left,
    FRAME.right,
  );
  const ys = points.flatMap(({ y: value, low, high }) => [value, low ?? value, high ?? value]);
  const y = new Scale(plot.y, ys, FRAME.bottom, FRAME.top);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" ` +
      `width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<clipPath id="frame"><rect x="${FRAME.left}" y="${FRAME.top - 4}" ` +
      `width="${FRAME.right - FRAME.left + 4}" height="${FRAME.bottom - FRAME.top + 8}"/></clipPath>`,
    text(FRAME.left, 22, plot.title, 'start', 'font-size="15" font-weight="bold"'),
    ...x.ticks().flatMap((tick) => xTick(tick, x)),
    ...y.ticks().flatMap((tick) => yTick(tick, y)),
    text((FRAME.left + FRAME.right) / 2, FRAME.bottom + 40, plot.x.label, 'middle'),
    text(0, 0, plot.y.label, 'middle', `transform="translate(18 ${middleY()}) rotate(-90)"`),
    rectangle(),
    ...plot.series.flatMap((series, index) => drawSeries(series, index, x, y)),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

/** From values to places, with round numbers as ticks. */
class Scale {
  readonly #log: boolean;
  readonly #min: number;
  readonly #max: number;
  readonly #from: number;
  readonly #to: number;

  constructor(axis: PlotAxis, values: readonly number[], from: number, to: number) {
    this.#from = from;
    this.#to = to;
    this.#log = axis.scale === 'log';
    const usable = values.filter((each) => Number.isFinite(each) && (!this.#log || each > 0));
    const most = axis.max ?? Math.max(...usable, this.#log ? 1 : 0);
    if (this.#log) {
      this.#min = 10 ** Math.floor(Math.log10(Math.min(...usable, most)));
      this.#max = Math.max(10 ** Math.ceil(Math.log10(most)), this.#min * 10);
    } else {
      const step = niceStep((most > 0 ? most : 1) / TICKS);
      this.#min = 0;
      this.#max = Math.ceil((most > 0 ? most : 1) / step - 1e-9) * step;
    }
  }

  /** Null for what has no place on the axis. */
  at(value: number): number | null {
    if (!Number.isFinite(value) || (this.#log && value <= 0)) return null;
    const part = this.#log
      ? Math.log10(value / this.#min) / Math.log10(this.#max / this.#min)
      : (value - this.#min) / (this.#max - this.#min);
    return this.#from + part * (this.#to - this.#from);
  }

  ticks(): number[] {
    const ticks: number[] = [];
    if (this.#log) {
      for (let tick = this.#min; tick <= this.#max * 1.001; tick *= 10) ticks.push(tick);
      return ticks;
    }
    const step = niceStep(this.#max / TICKS);
    for (let index = 0; index * step <= this.#max * 1.001; index += 1) ticks.push(index * step);
    return ticks;
  }
}

/** The next of 1, 2, 5 times a power of ten. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
}

function drawSeries(series: PlotSeries, index: number, x: Scale, y: Scale): string[] {
  const colour = COLOURS[index % COLOURS.length] ?? '#000000';
  const placed = series.points.flatMap((point) => {
    const [px, py] = [x.at(point.x), y.at(point.y)];
    return px === null || py === null ? [] : [{ point, px, py }];
  });
  const drawn: string[] = [];
  if (series.style !== 'marks' && placed.length > 1) {
    const path = placed.map(({ px, py }) => `${round(px)},${round(py)}`).join(' ');
    const dash = series.style === 'line' ? ' stroke-dasharray="5 3"' : '';
    drawn.push(
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.5"${dash}/>`,
    );
  }
  if (series.style !== 'line') {
    for (const { point, px, py } of placed) {
      drawn.push(`<circle cx="${round(px)}" cy="${round(py)}" r="3.5" fill="${colour}"/>`);
      const [low, high] = [y.at(point.low ?? point.y), y.at(point.high ?? point.y)];
      if (low !== null && high !== null && low !== high)
        drawn.push(errorBar(px, low, high, colour));
    }
  }
  const at = FRAME.top + 8 + index * 18;
  return [
    `<g clip-path="url(#frame)">${drawn.join('')}</g>`,
    `<rect x="${FRAME.right + 16}" y="${at - 5}" width="12" height="5" fill="${colour}"/>`,
    text(FRAME.right + 34, at, series.name, 'start'),
  ];
}

function errorBar(x: number, low: number, high: number, colour: string): string {
  const [cx, bottom, top] = [round(x), round(low), round(high)];
  const caps = [bottom, top].map((end) => `M${cx - 4} ${end}H${cx + 4}`).join('');
  return `<path d="M${cx} ${bottom}V${top}${caps}" stroke="${colour}" fill="none"/>`;
}

function xTick(tick: number, x: Scale): string[] {
  const at = round(x.at(tick) ?? 0);
  return [
    `<path d="M${at} ${FRAME.top}V${FRAME.bottom}" stroke="#e4e4e4"/>`,
    text(at, FRAME.bottom + 18, tickText(tick), 'middle'),
  ];
}

function yTick(tick: number, y: Scale): string[] {
  const at = round(y.at(tick) ?? 0);
  return [
    `<path d="M${FRAME.left} ${at}H${FRAME.right}" stroke="#e4e4e4"/>`,
    text(FRAME.left - 8, at + 4, tickText(tick), 'end'),
  ];
}

function rectangle(): string {
  const width = FRAME.right - FRAME.left;
  const height = FRAME.bottom - FRAME.top;
  const place = `x="${FRAME.left}" y="${FRAME.top}" width="${width}" height="${height}"`;
  return `<rect ${place} fill="none" stroke="#606060"/>`;
}

function middleY(): number {
  return (FRAME.top + FRAME.bottom) / 2;
}

function tickText(tick: number): string {
  return tick >= 1e4 || tick === 0
    ? tick.toLocaleString('en-US')
    : String(Number(tick.toPrecision(4)));
}

function text(x: number, y: number, words: string, anchor: string, more = ''): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" ${more}>${escapeXml(words)}</text>`;
}

function escapeXml(words: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return words.replace(/[&<>"]/g, (each) => entities[each] ?? each);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
