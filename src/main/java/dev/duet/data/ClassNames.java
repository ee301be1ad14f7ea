package dev.duet.data;

import dev.duet.DuetException;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Brings image sets onto one list of classes, so that pairing by label pairs what has the same class name. */
public final class ClassNames {
    /** Numbers by value, then all other names. */
    static final Comparator<String> ORDER =
            Comparator.comparingLong(ClassNames::number).thenComparing(Comparator.naturalOrder());

    private ClassNames() {}

    /**
     * The sets with the classes that all of them list, in {@link #ORDER}; as they are if their lists are equal. Images of
     * other classes are left out of them.
     *
     * @param notes takes one line for each set that loses images
     * @throws DuetException if a set has no labels, or they share no class
     */
    public static List<ImageSet> align(List<ImageSet> sets, Consumer<String> notes) {
        sets.forEach(ClassNames::requireLabels);
        List<String> first = sets.get(0).classes();
        if (sets.stream().allMatch(set -> set.classes().equals(first))) return sets;
        List<String> shared = first.stream()
                .filter(name -> sets.stream().allMatch(set -> set.classes().contains(name)))
                .sorted(ORDER)
                .toList();
        if (shared.isEmpty()) {
            throw new DuetException("the image sets share no class, so no pairs can be formed: "
                    + sets.stream().map(s -> s.name() + " has " + s.classes()).collect(Collectors.joining(", "))
                    + "; name the classes alike");
        }
        return sets.stream().map(set -> onto(shared, set, notes)).toList();
    }

    private static void requireLabels(ImageSet set) {
        if (set.labelled()) return;
        throw new DuetException("image set '" + set.name() + "': expected labels, by which images are paired, got none;"
                + " name its label file (train_labels, test_labels) or give it as class folders");
    }

    private static ImageSet onto(List<String> shared, ImageSet set, Consumer<String> notes) {
        int[] target = set.classes().stream().mapToInt(shared::indexOf).toArray(); // −1: not shared
        int[] members = IntStream.range(0, set.count())
                .filter(i -> target[set.labels()[i]] >= 0)
                .toArray();
        if (members.length < set.count()) notes.accept(leftOut(shared, set, set.count() - members.length));
        byte[] labels = new byte[members.length];
        for (int i = 0; i < labels.length; i++) labels[i] = (byte) target[set.labels()[members[i]]];
        ByteBuffer pixels = members.length == set.count() ? set.pixels() : pixels(set, members);
        return new ImageSet(set.name(), set.height(), set.width(), set.channels(), pixels, labels, shared);
    }

    private static String leftOut(List<String> shared, ImageSet set, int images) {
        String names =
                set.classes().stream().filter(name -> !shared.contains(name)).collect(Collectors.joining(", "));
        return images + " of " + set.count() + " images of '" + set.name()
                + "' are left out: another set lacks their class (" + names + ")";
    }

    private static ByteBuffer pixels(ImageSet set, int[] members) {
        int bytes = set.imageBytes();
        ByteBuffer out = Pixels.allocate(set.name(), (long) bytes * members.length);
        for (int i = 0; i < members.length; i++)
            out.put(i * bytes, set.pixels(), Math.multiplyExact(members[i], bytes), bytes);
        return out;
    }

    /** The value of a name of up to 18 digits; all other names come after the numbers. */
    private static long number(String name) {
        return name.matches("\\d{1,18}") ? Long.parseLong(name) : Long.MAX_VALUE;
    }
}
