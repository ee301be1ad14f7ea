package dev.duet.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.MatlabType;
import us.hebi.matlab.mat.types.Matrix;

/** Data folders of a few small images. */
final class SmallSets {
    private SmallSets() {}

    /** MNIST of 2×3 pixels: as many training images as there are labels, and one test image of a 7. */
    static void mnist(Path dir, int... trainLabels) throws IOException {
        Path mnist = Files.createDirectories(dir.resolve("mnist"));
        images(mnist, "train", trainLabels);
        images(mnist, "t10k", 7);
    }

    private static void images(Path mnist, String part, int... labels) throws IOException {
        int count = labels.length;
        byte[] pixels = new byte[6 * count];
        for (int i = 0; i < pixels.length; i++) pixels[i] = (byte) (10 * i);
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) bytes[i] = (byte) labels[i];
        Files.write(mnist.resolve(part + "-images-idx3-ubyte.gz"), gzip(idx(pixels, count, 2, 3)));
        Files.write(mnist.resolve(part + "-labels-idx1-ubyte.gz"), gzip(idx(bytes, count)));
    }

    /** An IDX file of uint8. */
    static byte[] idx(byte[] elements, int... dims) {
        ByteBuffer out =
                ByteBuffer.allocate(4 + 4 * dims.length + elements.length).putInt(0x800 | dims.length);
        for (int dim : dims) out.putInt(dim);
        return out.put(elements).array();
    }

    static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    /** SVHN's training part of 4×4 pixels, all of red 200; label 10 stands for digit 0. */
    static void svhnTrain(Path dir, int... labels) throws IOException {
        Matrix x = Mat5.newMatrix(new int[] {4, 4, 3, labels.length}, MatlabType.UInt8);
        for (int i = 0; i < labels.length; i++) {
            for (int pixel = 0; pixel < 16; pixel++) x.setByte(i * 48 + pixel, (byte) 200);
        }
        Matrix y = Mat5.newMatrix(new int[] {labels.length, 1}, MatlabType.UInt8);
        for (int i = 0; i < labels.length; i++) y.setByte(i, (byte) labels[i]);
        Path file = Files.createDirectories(dir.resolve("svhn")).resolve("train_32x32.mat");
        Mat5.writeToFile(Mat5.newMatFile().addArray("X", x).addArray("y", y), file.toString());
    }
}
