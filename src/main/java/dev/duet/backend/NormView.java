package dev.duet.backend;

import dev.duet.tensor.Shape;

/**
 * An image, channels last, as the kernels of a normalisation see it: a matrix whose columns they sum.
 *
 * @param area rows, the pixels
 * @param channels columns
 */
public record NormView(int area, int channels) {
    /**
     * As it is; or, where all values of an image are treated alike whatever their channel, cut into rows of up to {@code
     * longest} values, so that few channels keep vectors and threads as busy as many do.
     *
     * @param image (C, H, W)
     */
    public static NormView of(LayerSpec.Norm spec, Shape image, int longest) {
        int size = image.size();
        int channels = spec.channels();
        if (spec.groups() == 1 && !spec.affine()) {
            channels = Math.min(size, longest);
            while (size % channels != 0) channels--;
        }
        return new NormView(size / channels, channels);
    }
}
