import type uPlot from "uplot";

/** A colour or font of the theme that is shown, by the name of its token. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** How every axis looks. */
export function axisStyle(): uPlot.Axis {
  return {
    stroke: token("--text-3"),
    font: `11px ${token("--font-ui")}`,
    grid: { stroke: token("--line"), width: 1 },
    ticks: { show: false },
  };
}

/** The axis of the values, at the right: nothing, half of the most and the most. `size` is in pixels. */
export function valueAxis(size: number, format: (value: number) => string) {
  return {
    ...axisStyle(),
    side: 1,
    size,
    splits: (_plot: uPlot, _axis: number, _least: number, most: number) => [0, most / 2, most],
    values: (_plot: uPlot, splits: number[]) => splits.map((value) => format(value)),
  };
}
