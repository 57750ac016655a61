import { word } from '../shape.ts';

/** Closed lists that several answers have. */
export const RESOURCE_TYPE = word(['job_group', 'worker_pool']);
export const DIRECTION = word(['out', 'in']);
