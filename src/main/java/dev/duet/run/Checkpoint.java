package dev.duet.run;

import dev.duet.DuetException;
import dev.duet.tensor.Shape;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything from which training goes on as if it had never stopped.
 *
 * @param parameters the model's parameters in canonical order
 * @param adamM Adam's first moments: for each parameter one of the same name and shape
 * @param adamV Adam's second moments, likewise
 * @param progress where training stands
 */
public record Checkpoint(List<Tensor> parameters, List<Tensor> adamM, List<Tensor> adamV, Progress progress) {

    /** @throws DuetException if the moments do not match the parameters, or a name begins with {@code adam.} */
    public Checkpoint {
        parameters = List.copyOf(parameters);
        for (Tensor parameter : parameters) {
            if (parameter.name().startsWith("adam.")) {
                throw new DuetException("checkpoint: a parameter cannot be called '" + parameter.name()
                        + "'; names with 'adam.' belong to the optimiser");
            }
        }
        adamM = matching("adam.m", parameters, adamM);
        adamV = matching("adam.v", parameters, adamV);
    }

    /** A named tensor of 32-bit floats. */
    public static final class Tensor {
        private final String name;
        private final Shape shape;
        private final float[] values;

        /** @param values shape.size() elements, row-major; held, not copied */
        public Tensor(String name, Shape shape, float[] values) {
            if (values.length != shape.size()) {
                throw new DuetException("tensor '" + name + "': expected " + shape.size() + " elements for shape "
                        + shape + ", got " + values.length);
            }
            this.name = name;
            this.shape = shape;
            this.values = values;
        }

        public String name() {
            return name;
        }

        public Shape shape() {
            return shape;
        }

        /** shape().size() elements, row-major; the tensor's own array. */
        public float[] values() {
            return values;
        }
    }

    /**
     * Where training stands, between two steps.
     *
     * @param step optimiser steps since the run began
     * @param epoch epochs completed since the run began
     * @param stage index of the stage, from 0
     * @param stepInStage optimiser steps done in this stage
     * @param stepInEpoch optimiser steps done in the epoch under way
     * @param epochSums the epoch's sums so far by term, e.g. nats or pairs, in the trainer's order; kept bit for bit
     * @param bestValidationLoss nats per pair; +∞ before the first validation
     * @param dataSeed seed of the data's order
     */
    public record Progress(
            long step,
            int epoch,
            int stage,
            long stepInStage,
            long stepInEpoch,
            Map<String, Double> epochSums,
            double bestValidationLoss,
            long dataSeed) {
        public Progress {
            epochSums = Collections.unmodifiableMap(new LinkedHashMap<>(epochSums));
        }
    }

    /** The moments in the parameters' order, whatever order they came in. */
    private static List<Tensor> matching(String what, List<Tensor> parameters, List<Tensor> moments) {
        Map<String, Tensor> byName = new HashMap<>();
        for (Tensor moment : moments) byName.put(moment.name(), moment);
        if (byName.size() != parameters.size() || moments.size() != parameters.size()) {
            throw new DuetException("checkpoint: expected " + parameters.size() + " tensors " + what
                    + ", one per parameter, got " + moments.size());
        }
        return parameters.stream()
                .map(parameter -> sameShape(what, parameter, byName.get(parameter.name())))
                .toList();
    }

    private static Tensor sameShape(String what, Tensor parameter, Tensor moment) {
        if (moment != null && moment.shape().equals(parameter.shape())) return moment;
        throw new DuetException("checkpoint: expected " + what + "." + parameter.name() + " with shape "
                + parameter.shape() + ", got " + (moment == null ? "none" : moment.shape()));
    }
}
