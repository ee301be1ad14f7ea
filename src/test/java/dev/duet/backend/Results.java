package dev.duet.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** Named float arrays that a backend computed, in canonical order. */
public final class Results {
    private final Map<String, float[]> values = new LinkedHashMap<>();

    void add(String name, float[] canonical) {
        values.put(name, canonical);
    }

    void add(String name, Backend backend, Tensor tensor) {
        if (tensor == null) return;
        float[] canonical = new float[tensor.shape().size()];
        backend.read(tensor, canonical);
        add(name, canonical);
    }

    /** Each entry of a vector by itself, so that a large one does not hide another's error. */
    void addEntries(String name, Backend backend, Tensor vector) {
        float[] canonical = new float[vector.shape().size()];
        backend.read(vector, canonical);
        for (int i = 0; i < canonical.length; i++) add(name + "[" + i + "]", new float[] {canonical[i]});
    }

    /** Columns {@code from} to {@code to} − 1 of a tensor (B, columns), likewise; nothing if there are none. */
    void addColumns(String name, Backend backend, Tensor rows, int from, int to) {
        if (from == to) return;
        float[] canonical = new float[rows.shape().size()];
        backend.read(rows, canonical);
        int columns = rows.shape().get(1);
        float[] part = new float[rows.shape().get(0) * (to - from)];
        for (int i = 0; i < part.length; i++) part[i] = canonical[i / (to - from) * columns + from + i % (to - from)];
        add(name, part);
    }

    float[] get(String name) {
        return values.get(name);
    }

    /** ‖actual − expected‖ ≤ tolerance · ‖expected‖ for each array; {@code where} names the case in the failure. */
    void assertCloseTo(Results expected, double tolerance, String where) {
        assertThat(values.keySet()).as(where).isEqualTo(expected.values.keySet());
        for (String name : values.keySet()) {
            double error = relativeError(values.get(name), expected.values.get(name));
            LargestErrors.add(where, name, error);
            assertThat(error).as("relative L2 error of %s in %s", name, where).isLessThanOrEqualTo(tolerance);
        }
    }

    /**
     * max |actual − expected| ≤ 5 tolerance · rms(expected) for each array. Where each element's error is a sum of many
     * roundings, the largest of some ten thousand lies at 4 to 5 times their root mean square; one that is wrongly gated or left
     * out is off by about the root mean square, which hides in the norm of a large array.
     */
    void assertNoOutlier(Results expected, double tolerance, String where) {
        for (String name : values.keySet()) {
            double error = largestError(values.get(name), expected.values.get(name));
            assertThat(error)
                    .as("largest error of %s, relative to its root mean square, in %s", name, where)
                    .isLessThanOrEqualTo(5 * tolerance);
        }
    }

    private static double largestError(float[] actual, float[] expected) {
        double largest = 0;
        double norm = 0;
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs((double) actual[i] - expected[i]));
            norm += Math.pow(expected[i], 2);
        }
        return norm == 0 ? largest : largest / Math.sqrt(norm / actual.length);
    }

    /** ‖actual − expected‖ / ‖expected‖, or without the divisor where that is 0. */
    public static double relativeError(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < actual.length; i++) {
            difference += Math.pow((double) actual[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return norm == 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
    }
}
