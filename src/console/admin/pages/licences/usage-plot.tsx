import { useElementSize } from '@mantine/hooks';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import classes from './licences.module.css';
import { usePlotColours } from './plot-colours.js';
import { plotData, plotOptions } from './plot-options.js';
import { itemInWords, stretchInWords, type UsageItem } from './usage-figures.js';

/** What the plot shows. */
export interface UsagePlotProps {
  readonly items: readonly UsageItem[];
  readonly limits: readonly (number | null)[];
  /** How long a stretch is, which decides how its time is told. */
  readonly bucket: 'hour' | 'day' | 'month';
}

const height = 260;

/** Seats in use over time. The arrow keys walk through it, and what is there is said in words below. */
export function UsagePlot({ items, limits, bucket }: UsagePlotProps) {
  const colours = usePlotColours();
  const { ref: box, width } = useElementSize<HTMLDivElement>();
  const plot = useRef<uPlot | null>(null);
  const target = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<number | null>(null);

  useEffect(() => {
    if (target.current === null || width === 0) return;
    const given = { items, limits, colours, width, height, onPlace: setPlace };
    const made = new uPlot(plotOptions(given), plotData(given), target.current);
    plot.current = made;
    return () => made.destroy();
  }, [items, limits, colours, width]);

  const last = items.length - 1;
  const shown = Math.min(place ?? last, last);
  const item = items[shown];
  const words =
    item === undefined ? '' : `${stretchInWords(item.at, bucket)}: ${itemInWords(item, limits[shown] ?? null)}`;

  function walk(event: KeyboardEvent): void {
    const next = placeAfter(event.key, shown, last);
    if (next === null) return;
    event.preventDefault();
    setPlace(next);
    const at = items[next]?.at;
    if (at !== undefined) plot.current?.setCursor({ left: plot.current.valToPos(Date.parse(at) / 1000, 'x'), top: 10 });
  }

  return (
    <div ref={box}>
      <div
        ref={target}
        className={classes.plot}
        role="slider"
        tabIndex={0}
        aria-label="Seats in use over time"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, last)}
        aria-valuenow={Math.max(0, shown)}
        aria-valuetext={words}
        aria-orientation="horizontal"
        onKeyDown={walk}
      />
      <p className={classes.readout}>{words}</p>
    </div>
  );
}

function placeAfter(key: string, place: number, last: number): number | null {
  const moves: Readonly<Record<string, number>> = {
    ArrowLeft: place - 1,
    ArrowRight: place + 1,
    PageUp: place - 24,
    PageDown: place + 24,
    Home: 0,
    End: last,
  };
  const next = moves[key];
  return next === undefined ? null : Math.max(0, Math.min(last, next));
}
