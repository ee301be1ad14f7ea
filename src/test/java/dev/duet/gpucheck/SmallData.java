package dev.duet.gpucheck;

import dev.duet.data.ImageSet;
import dev.duet.data.ImageSets;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.MatlabType;
import us.hebi.matlab.mat.types.Matrix;
import us.hebi.matlab.mat.types.Sink;
import us.hebi.matlab.mat.types.Sinks;

/**
 * Copies the beginnings of MNIST and SVHN, in the formats of the originals. Arguments: the data folder, the folder to make,
 * and how many training images of each at most; a fifth as many test images.
 */
public final class SmallData {
    private SmallData() {}

    public static void main(String[] arguments) throws IOException {
        Path from = Path.of(arguments[0]);
        Path to = Path.of(arguments[1]);
        int most = Integer.parseInt(arguments[2]);
        for (boolean train : new boolean[] {true, false}) {
            ImageSet mnist = beginning(ImageSets.mnist(from, train), train ? most : most / 5);
            ImageSet svhn = beginning(ImageSets.svhn(from, train), train ? most : most / 5);
            writeMnist(to, train, mnist);
            writeSvhn(to, train, svhn);
            System.out.println(
                    (train ? "training: " : "test: ") + mnist.count() + " of MNIST, " + svhn.count() + " of SVHN");
        }
    }

    private static ImageSet beginning(ImageSet set, int most) {
        return set.count() <= most ? set : set.first(most);
    }

    /** Below {@code to}/mnist. */
    static void writeMnist(Path to, boolean train, ImageSet set) throws IOException {
        Path folder = Files.createDirectories(to.resolve("mnist"));
        String part = train ? "train" : "t10k";
        try (DataOutputStream out = gzip(folder.resolve(part + "-images-idx3-ubyte.gz"))) {
            for (int word : new int[] {0x803, set.count(), set.height(), set.width()}) out.writeInt(word);
            for (int i = 0; i < set.count(); i++) out.write(set.image(i));
        }
        try (DataOutputStream out = gzip(folder.resolve(part + "-labels-idx1-ubyte.gz"))) {
            for (int word : new int[] {0x801, set.count()}) out.writeInt(word);
            out.write(set.labels());
        }
    }

    private static DataOutputStream gzip(Path file) throws IOException {
        return new DataOutputStream(new GZIPOutputStream(Files.newOutputStream(file)));
    }

    /** Below {@code to}/svhn: X (H, W, 3, N) and y (N, 1), first axis fastest; label 10 stands for digit 0. */
    static void writeSvhn(Path to, boolean train, ImageSet set) throws IOException {
        Path file = Files.createDirectories(to.resolve("svhn")).resolve(train ? "train_32x32.mat" : "test_32x32.mat");
        int side = set.height();
        Matrix x = Mat5.newMatrix(new int[] {side, side, 3, set.count()}, MatlabType.UInt8);
        Matrix y = Mat5.newMatrix(new int[] {set.count(), 1}, MatlabType.UInt8);
        int plane = side * side;
        for (int n = 0; n < set.count(); n++) {
            byte[] image = set.image(n); // HWC
            for (int i = 0; i < image.length; i++) {
                int row = i / 3 / side;
                int column = i / 3 % side;
                x.setByte(n * image.length + i % 3 * plane + column * side + row, image[i]);
            }
            y.setByte(n, set.labels()[n] == 0 ? (byte) 10 : set.labels()[n]);
        }
        try (Sink sink = Sinks.newStreamingFile(file.toString())) {
            Mat5.newWriter(sink)
                    .setDeflateLevel(9)
                    .writeMat(Mat5.newMatFile().addArray("X", x).addArray("y", y));
        }
    }
}
