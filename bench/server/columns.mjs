/** The columns that tables of the server's load have in common. A row has its `runs`, each what {@link load} answers. */
import { figure } from '../lib/document.mjs';
import { median } from '../lib/statistics.mjs';

/** What is typical of a row's runs. */
export const typical = (name) => (row) => median(row.runs.map((run) => run[name]));

const column = (head, name, digits) => [head, (row) => figure(typical(name)(row), digits)];

export const MEDIAN = column('median, ms', 'median', 2);
export const SLOWEST = column('slowest of 100, ms', 'p99', 2);
export const COMPUTING = column('computing, µs a proof', 'computing');
export const ERRORS = ['errors', (row) => figure(row.runs.reduce((sum, { errors }) => sum + errors, 0))];
export const rate = (head) => column(head, 'rate');
