package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.data.ImageSet;
import dev.duet.data.LabelledSubset;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The classes that all domains have, by name: domains may list others besides or in another order. Images of other classes
 * are left out of every comparison, and counted.
 */
public final class SharedClasses {
    private final List<String> names;

    private SharedClasses(List<String> names) {
        this.names = names;
    }

    /**
     * The classes that occur in the lists of all {@code sets}, in the first one's order.
     *
     * @throws DuetException if a set has no labels or they share no class
     */
    public static SharedClasses of(List<ImageSet> sets) {
        List<String> names = sets.get(0).classes();
        for (ImageSet set : sets) {
            if (!set.labelled()) {
                throw new DuetException(
                        "image set '" + set.name() + "': expected labels, which evaluation by class needs,"
                                + " got none; give it its label file or class folders");
            }
            names = names.stream().filter(set.classes()::contains).toList();
        }
        if (names.isEmpty()) {
            throw new DuetException("the image sets share no class: "
                    + String.join(
                            ", ",
                            sets.stream().map(s -> s.name() + " " + s.classes()).toList())
                    + "; name the classes alike");
        }
        return new SharedClasses(List.copyOf(names));
    }

    /** K names. */
    public List<String> names() {
        return names;
    }

    /** K. */
    public int size() {
        return names.size();
    }

    /** For each of {@code others} its index among the shared classes, or −1. */
    public int[] indices(List<String> others) {
        return others.stream().mapToInt(names::indexOf).toArray();
    }

    /** Shared class of each image of {@code set}, (N), or −1. */
    public byte[] labels(ImageSet set) {
        int[] indices = indices(set.classes());
        byte[] out = new byte[set.count()];
        for (int i = 0; i < out.length; i++) out[i] = (byte) indices[set.labels()[i]];
        return out;
    }

    /** The images of shared classes, labelled by these. */
    public LabelledSubset subset(ImageSet set) {
        byte[] labels = labels(set);
        return new LabelledSubset(
                labels,
                IntStream.range(0, labels.length).filter(i -> labels[i] >= 0).toArray());
    }
}
