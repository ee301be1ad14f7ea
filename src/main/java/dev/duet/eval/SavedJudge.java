package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.data.ImageSet;
import dev.duet.tensor.Shape;
import java.util.List;
import java.util.Map;

/**
 * A judge as a file holds it: the safetensors format has exactly these two parts.
 *
 * @param metadata what it is and what it learned from; equal for equal data, settings and version
 * @param tensors its parameters
 */
public record SavedJudge(Map<String, String> metadata, List<NamedTensor> tensors) {
    /** @param values row-major, {@code shape.size()} of them */
    @SuppressWarnings("ArrayRecordComponent") // a parcel of parameters, never compared
    public record NamedTensor(String name, Shape shape, float[] values) {}

    public SavedJudge {
        metadata = Map.copyOf(metadata);
        tensors = List.copyOf(tensors);
    }

    /**
     * Whether this is what training on {@code set} with {@code settings} would give, so that it need not be done again.
     */
    public boolean fits(ImageSet set, JudgeSettings settings) {
        return metadata.equals(JudgeIdentity.of(set, settings).metadata());
    }

    /** The tensor called {@code name}. @throws DuetException if it is missing or of another shape */
    float[] values(String name, Shape shape) {
        for (NamedTensor tensor : tensors) {
            if (!tensor.name().equals(name)) continue;
            if (tensor.shape().equals(shape) && tensor.values().length == shape.size()) return tensor.values();
            throw new DuetException("saved judge: expected tensor '" + name + "' of shape " + shape + ", got "
                    + tensor.shape() + " with " + tensor.values().length + " values; remove its file to train it anew");
        }
        throw new DuetException("saved judge: tensor '" + name + "' is missing; remove its file to train it anew");
    }
}
