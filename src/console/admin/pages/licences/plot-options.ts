import uPlot from 'uplot';
import { count } from '../../kit/words.js';
import type { PlotColours } from './plot-colours.js';
import { highestOf, type UsageItem } from './usage-figures.js';

/** What a plot of seats is drawn from. */
export interface PlotGiven {
  readonly items: readonly UsageItem[];
  /** Seats the licence had in each stretch, null where that is not known. */
  readonly limits: readonly (number | null)[];
  readonly colours: PlotColours;
  readonly width: number;
  readonly height: number;
  readonly onPlace: (index: number | null) => void;
}

const daySeconds = 86_400;
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const month = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric' });

/** The columns of the plot: time, the most seats in use, their average, the limit. */
export function plotData({ items, limits }: PlotGiven): uPlot.AlignedData {
  return [
    items.map(({ at }) => Date.parse(at) / 1000),
    items.map(({ peak }) => peak),
    items.map(({ average }) => average),
    [...limits],
  ];
}

/** How the plot is drawn. */
export function plotOptions(given: PlotGiven): uPlot.Options {
  const { colours, width, height, onPlace } = given;
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const paths = stepped === undefined ? {} : { paths: stepped };
  const points = { show: false };
  return {
    width,
    height,
    padding: [18, 12, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 8 } },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [axis(colours, { size: 34, values: timeLabels }), axis(colours, { size: 44, values: wholeLabels })],
    series: [
      {},
      { stroke: colours.accent, width: 2, fill: `${colours.accent}24`, points, ...paths },
      { stroke: colours['text-muted'], width: 1.5, dash: [2, 3], points },
      { stroke: colours.danger, width: 1.5, dash: [8, 5], points, ...paths },
    ],
    hooks: {
      draw: [(plot) => drawMarks(plot, given)],
      setCursor: [(plot) => onPlace(plot.cursor.idx ?? null)],
    },
  };
}

function axis(colours: PlotColours, over: uPlot.Axis): uPlot.Axis {
  const line = { stroke: colours.line, width: 1 };
  return { stroke: colours['text-muted'], font: `12px ${colours.font}`, grid: line, ticks: line, ...over };
}

function timeLabels(_plot: uPlot, splits: number[], _axis: number, _space: number, step: number): string[] {
  return splits.map((seconds) => {
    const date = new Date(seconds * 1000);
    if (step >= 28 * daySeconds) return month.format(date);
    if (step >= daySeconds || (date.getHours() === 0 && date.getMinutes() === 0)) return day.format(date);
    return clock.format(date);
  });
}

function wholeLabels(_plot: uPlot, splits: number[]): string[] {
  return splits.map((value) => (Number.isInteger(value) ? count(value) : ''));
}

/** A ring and its number at the peak, and a triangle over each stretch in which somebody was refused. */
function drawMarks(plot: uPlot, { items, colours }: PlotGiven): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.setLineDash([]);
  ctx.fillStyle = colours.danger;
  for (const { at, refusals } of items) {
    if (refusals === 0) continue;
    const x = plot.valToPos(Date.parse(at) / 1000, 'x', true);
    const y = bbox.top - 4 * scale;
    ctx.beginPath();
    ctx.moveTo(x - 5 * scale, y - 8 * scale);
    ctx.lineTo(x + 5 * scale, y - 8 * scale);
    ctx.lineTo(x, y);
    ctx.fill();
  }
  const top = highestOf(items);
  if (top !== null) {
    const x = plot.valToPos(Date.parse(top.at) / 1000, 'x', true);
    const y = plot.valToPos(top.peak, 'y', true);
    ctx.lineWidth = 2 * scale;
    ctx.strokeStyle = colours.text;
    ctx.fillStyle = colours.surface;
    ctx.beginPath();
    ctx.arc(x, y, 4 * scale, 0, 2 * Math.PI);
    ctx.fill();
    ctx.stroke();
    const right = x > bbox.left + bbox.width - 90 * scale;
    ctx.fillStyle = colours.text;
    ctx.font = `600 ${12 * scale}px ${colours.font}`;
    ctx.textAlign = right ? 'right' : 'left';
    ctx.fillText(`peak ${count(top.peak)}`, x + (right ? -10 : 10) * scale, y - 6 * scale);
  }
  ctx.restore();
}
