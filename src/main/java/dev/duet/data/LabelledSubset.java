package dev.duet.data;

import dev.duet.DuetException;

/**
 * A modality as pairings see it: which images may be used, and their classes.
 *
 * @param labels class of each image of the whole set (N)
 * @param members indices into the whole set, ascending
 */
public record LabelledSubset(byte[] labels, int[] members) {
    public LabelledSubset {
        for (int member : members) {
            if (member < 0 || member >= labels.length) {
                throw new DuetException("subset: image " + member + " is not in a set of " + labels.length);
            }
        }
    }

    /** All images of a set. */
    public static LabelledSubset all(ImageSet set) {
        return all(set.labels());
    }

    /** All images. */
    public static LabelledSubset all(byte[] labels) {
        int[] members = new int[labels.length];
        for (int i = 0; i < members.length; i++) members[i] = i;
        return new LabelledSubset(labels, members);
    }

    /** Number of members. */
    public int size() {
        return members.length;
    }

    /** Class of the member at {@code position}. */
    int label(int position) {
        return labels[members[position]];
    }

    /** Members of each class, in order: [class][number]; classes 0 to 127, empty where there is none. */
    int[][] byLabel() {
        int[] counts = new int[Pixels.MAX_CLASSES];
        for (int member : members) counts[labels[member]]++;
        int[][] out = new int[Pixels.MAX_CLASSES][];
        for (int c = 0; c < out.length; c++) out[c] = new int[counts[c]];
        for (int i = members.length - 1; i >= 0; i--) out[label(i)][--counts[label(i)]] = members[i];
        return out;
    }
}
