package dev.duet.eval;

/** Looks at decoded test images as they come, batch by batch. */
@FunctionalInterface
interface DecodedImages {
    /**
     * @param source modality that they were decoded from
     * @param target modality that they are of; the same one: reconstructions, each original once
     * @param decoded (N, C, H, W)
     * @param originals (N, C, H, W) real images of the target of the same classes
     * @param labels (N) shared classes
     */
    void add(int source, int target, float[] decoded, float[] originals, int[] labels);
}
