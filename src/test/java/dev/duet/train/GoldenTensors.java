package dev.duet.train;

/**
 * What another implementation computed in one step, by our names: {@code x/MODALITY}, {@code eps}, {@code value/PARAMETER},
 * {@code gradient/PARAMETER}, {@code updated/PARAMETER} (after {@link GoldenCase#updates()} steps of Adam),
 * {@code rec}, {@code kl}, {@code loss}.
 */
interface GoldenTensors {
    /** Row-major in canonical order; scalars have one element. */
    float[] floats(String name);
}
