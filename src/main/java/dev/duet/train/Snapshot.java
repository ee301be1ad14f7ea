package dev.duet.train;

import dev.duet.DuetException;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.ParameterSpec;
import dev.duet.run.Checkpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Copies parameters between a backend and a checkpoint. */
public final class Snapshot {
    private Snapshot() {}

    /** Values and moments of {@code parameters} as a checkpoint. */
    static Checkpoint of(ParameterBuffer parameters, Checkpoint.Progress progress) {
        return new Checkpoint(
                tensors(parameters, Slot.VALUE),
                tensors(parameters, Slot.ADAM_M),
                tensors(parameters, Slot.ADAM_V),
                progress);
    }

    /** Names the first value or moment that is not finite, such as {@code parameter 'mnist.encoder.0.weight' is NaN}. */
    static Optional<String> fault(Checkpoint checkpoint) {
        return fault("parameter", checkpoint.parameters())
                .or(() -> fault("Adam's first moment of", checkpoint.adamM()))
                .or(() -> fault("Adam's second moment of", checkpoint.adamV()));
    }

    private static Optional<String> fault(String what, List<Checkpoint.Tensor> tensors) {
        for (Checkpoint.Tensor tensor : tensors) {
            for (float value : tensor.values()) {
                if (!Float.isFinite(value)) return Optional.of(what + " '" + tensor.name() + "' is " + value);
            }
        }
        return Optional.empty();
    }

    private static List<Checkpoint.Tensor> tensors(ParameterBuffer parameters, Slot slot) {
        List<Checkpoint.Tensor> out = new ArrayList<>();
        for (int i = 0; i < parameters.specs().size(); i++) {
            ParameterSpec spec = parameters.specs().get(i);
            out.add(new Checkpoint.Tensor(spec.name(), spec.shape(), parameters.read(slot, i)));
        }
        return out;
    }

    /** Values and moments, to go on training. */
    static void restore(Checkpoint checkpoint, ParameterBuffer parameters) {
        restoreValues(checkpoint, parameters);
        write(checkpoint.adamM(), parameters, Slot.ADAM_M);
        write(checkpoint.adamV(), parameters, Slot.ADAM_V);
    }

    /**
     * Values only, for inference.
     *
     * @throws DuetException if the checkpoint lacks a parameter or has it in another shape
     */
    public static void restoreValues(Checkpoint checkpoint, ParameterBuffer parameters) {
        write(checkpoint.parameters(), parameters, Slot.VALUE);
        parameters.refresh();
    }

    private static void write(List<Checkpoint.Tensor> tensors, ParameterBuffer parameters, Slot slot) {
        Map<String, Checkpoint.Tensor> byName = new HashMap<>();
        for (Checkpoint.Tensor tensor : tensors) byName.put(tensor.name(), tensor);
        for (int i = 0; i < parameters.specs().size(); i++) {
            ParameterSpec spec = parameters.specs().get(i);
            Checkpoint.Tensor tensor = byName.get(spec.name());
            if (tensor == null || !tensor.shape().equals(spec.shape())) {
                throw new DuetException("checkpoint: expected parameter '" + spec.name() + "' of shape " + spec.shape()
                        + ", got " + (tensor == null ? "none" : tensor.shape())
                        + "; the run's config.toml does not belong to this checkpoint");
            }
            parameters.write(slot, i, tensor.values());
        }
    }
}
