package dev.duet.train;

/**
 * What another implementation computed in one step, by our names: {@code x/MODALITY}, {@code eps}, {@code value/PARAMETER},
 * {@code gradient/PARAMETER}, {@code updated/PARAMETER} (after one Adam step), {@code rec}, {@code kl}, {@code loss}.
 */
interface GoldenTensors {
    /** Row-major in canonical order; scalars have one element. */
    float[] floats(String name);
}
