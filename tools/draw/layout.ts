// Where boxes and lines go: the layered layout of dagre, behind types of our own (the package's do not resolve in ES modules).

import * as dagre from '@dagrejs/dagre';

/** Width and height of a box, or of the text of a line. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A point. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box in its place; x and y are its middle. */
export type PlacedBox = Size & Point;

/** A line in its place: its points, and the middle of its text. */
export interface PlacedLine {
  readonly points: readonly Point[];
  readonly label: Point | undefined;
}

/** A layout: boxes by id, lines in the order they were given. */
export interface Layout extends Size {
  readonly boxes: ReadonlyMap<string, PlacedBox>;
  readonly lines: readonly PlacedLine[];
}

/** What this package uses of dagre. */
interface DagreGraph {
  setGraph(options: Readonly<Record<string, string | number>>): void;
  setNode(id: string, size: Size): void;
  setEdge(
    from: string,
    to: string,
    label: Partial<Size> & { labelpos?: string },
    name: string,
  ): void;
  graph(): Partial<Size>;
  node(id: string): PlacedBox;
  edge(
    from: string,
    to: string,
    name: string,
  ): { readonly points: readonly Point[] } & Partial<Point>;
}

const { Graph, layout } = dagre as unknown as {
  readonly Graph: new (options: { readonly multigraph: boolean }) => DagreGraph;
  readonly layout: (graph: DagreGraph) => void;
};

/** Pixels around everything. */
const margin = 24;

/** Places boxes and lines from top to bottom.
 * @param lines - Each with the size of its text, undefined where it has none. */
export const placed = (
  boxes: readonly (Size & { readonly id: string })[],
  lines: readonly {
    readonly from: string;
    readonly to: string;
    readonly label: Size | undefined;
  }[],
): Layout => {
  const graph = new Graph({ multigraph: true });
  const spacing = { ranksep: 34, nodesep: 26, edgesep: 14, marginx: margin, marginy: margin };
  graph.setGraph({ rankdir: 'TB', ...spacing });
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  lines.forEach(({ from, to, label }, at) => {
    graph.setEdge(from, to, label === undefined ? {} : { ...label, labelpos: 'c' }, String(at));
  });
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    boxes: new Map(boxes.map(({ id }) => [id, graph.node(id)])),
    lines: lines.map(({ from, to, label }, at) => {
      const { points, x = 0, y = 0 } = graph.edge(from, to, String(at));
      return { points, label: label === undefined ? undefined : { x, y } };
    }),
  };
};
