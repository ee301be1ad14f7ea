package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.data.ImageSet;
import dev.duet.onnx.OnnxModel;
import dev.duet.tensor.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A classifier in ONNX format that reads the figures beside Duet's own judges. Its network takes images (B, C, H, W) in [0, 1] of
 * float32 – whatever else they need, such as other means and variances, it does itself – and gives logits or probabilities (B, K):
 * column k is the k-th class of the modality's training set. Its features are these K values.
 */
public final class OnnxJudge implements Classifier, AutoCloseable {
    /** What tells it from Duet's own. */
    public static final String KIND = "onnx";

    private static final String FLOAT = "FLOAT";
    private static final int BATCH = 128; // images at once, where the network takes any number

    private final String name;
    private final Shape image;
    private final List<String> classes;
    private final Path file;
    private final OnnxModel model;
    private final int batch;

    /**
     * @param set images of the modality, at its size and channels, with labels
     * @param file of the model, for messages
     * @param model closed with this, also if it is refused
     * @throws DuetException if the set has no labels, or the network takes other images or gives other classes
     */
    public OnnxJudge(ImageSet set, Path file, OnnxModel model) {
        name = set.name();
        image = Pictures.shape(set);
        classes = set.classes();
        this.file = file;
        this.model = model;
        try {
            if (!set.labelled()) throw new DuetException(what() + ": expected labelled images, got none with labels");
            batch = batch(requireInput());
            requireOutput();
        } catch (DuetException e) {
            model.close();
            throw e;
        }
    }

    private String what() {
        return "ONNX judge of " + name + ", " + file;
    }

    private OnnxModel.Port requireInput() {
        long any = OnnxModel.ANY;
        List<Long> wanted = List.of(any, (long) image.get(0), (long) image.get(1), (long) image.get(2));
        List<OnnxModel.Port> inputs = model.inputs();
        if (inputs.size() == 1 && fits(inputs.get(0), wanted)) return inputs.get(0);
        throw new DuetException(what() + ": expected one input, " + new OnnxModel.Port("", FLOAT, wanted)
                + " for images in [0, 1], got " + inputs + "; export the network for images of that size");
    }

    private void requireOutput() {
        List<Long> wanted = List.of(OnnxModel.ANY, (long) classes.size());
        List<OnnxModel.Port> outputs = model.outputs();
        if (!outputs.isEmpty() && fits(outputs.get(0), wanted)) return;
        throw new DuetException(what() + ": expected as first output logits or probabilities, "
                + new OnnxModel.Port("", FLOAT, wanted) + " for the classes " + classes + " in this order, got "
                + outputs
                + "; export the network with one value per class");
    }

    /** Whether it has these extents; free ones fit all, and any batch will do. */
    private static boolean fits(OnnxModel.Port port, List<Long> wanted) {
        if (!port.type().equals(FLOAT) || port.extents().size() != wanted.size()) return false;
        for (int axis = 1; axis < wanted.size(); axis++) {
            long extent = port.extents().get(axis);
            if (extent != OnnxModel.ANY && extent != wanted.get(axis)) return false;
        }
        return true;
    }

    private static int batch(OnnxModel.Port input) {
        long rows = input.extents().get(0);
        return rows == OnnxModel.ANY ? BATCH : Math.toIntExact(rows);
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public Shape image() {
        return image;
    }

    @Override
    public int featureWidth() {
        return classes.size();
    }

    @Override
    public Reading read(float[] images) {
        int size = image.size();
        if (images.length % size != 0) {
            throw new DuetException(what() + ": expected images of " + image + " = " + size + " values each, got "
                    + images.length + " values");
        }
        int count = images.length / size;
        int columns = classes.size();
        float[] outputs = new float[count * columns];
        for (int from = 0; from < count; from += batch) {
            // The last batch is filled up with black images, for networks that take so many at once and no others.
            float[] some = Arrays.copyOfRange(images, from * size, (from + batch) * size);
            float[] out = model.run(some, batch, image.get(0), image.get(1), image.get(2));
            if (out.length != batch * columns) {
                throw new DuetException(what() + ": expected " + batch + " × " + columns + " values for " + batch
                        + " images, got " + out.length + "; export the network with one value per class");
            }
            System.arraycopy(out, 0, outputs, from * columns, Math.min(batch, count - from) * columns);
        }
        int[] read = new int[count];
        for (int i = 0; i < count; i++) read[i] = best(outputs, i);
        return new Reading(read, outputs);
    }

    private int best(float[] outputs, int row) {
        for (int k = 0; k < classes.size(); k++) {
            float value = outputs[row * classes.size() + k];
            if (!Float.isFinite(value))
                throw new DuetException(
                        what() + ": expected finite logits or probabilities, got " + value + " for class "
                                + classes.get(k) + " of image " + row + "; is the network made for pixels in [0, 1]?");
        }
        return JudgeBatch.best(outputs, row, classes.size());
    }

    @Override
    public void close() {
        model.close();
    }
}
