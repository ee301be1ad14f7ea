/**
 * What tools/gpu-check packs and runs beside Duet itself, on a machine without Maven: the conformance tests, the comparison
 * of two training runs, the preparation of a small data set.
 */
package dev.duet.gpucheck;
