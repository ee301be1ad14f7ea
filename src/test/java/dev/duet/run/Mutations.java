package dev.duet.run;

import dev.duet.DuetException;
import dev.duet.tensor.Philox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Seeded damage to files: flipped bytes, cuts, repeats, swapped stretches and hostile numbers. */
public final class Mutations {
    private Mutations() {}

    /** Reads a damaged file; may throw. */
    @FunctionalInterface
    public interface Read {
        void of(Path file) throws IOException;
    }

    /**
     * Hands {@code rounds} damaged versions of {@code good} to {@code read}; only DuetException may come out of it.
     *
     * @return how many versions were refused
     */
    public static int fuzz(byte[] good, Path file, long seed, int rounds, Read read) throws IOException {
        int refused = 0;
        for (int round = 0; round < rounds; round++) {
            Files.write(file, mutate(good, new Philox.Sequence(seed, Philox.Stream.SYNTHETIC, round)));
            try {
                read.of(file);
            } catch (DuetException e) {
                refused++;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed + ", round " + round, e);
            }
        }
        return refused;
    }

    private static byte[] mutate(byte[] good, Philox.Sequence random) {
        byte[] bytes = good.clone();
        for (int i = 0; i <= random.nextInt(3); i++) bytes = once(bytes, random);
        return bytes;
    }

    private static byte[] once(byte[] bytes, Philox.Sequence random) {
        if (bytes.length < 2) return bytes;
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(5)) {
            case 0 -> bytes[at] = (byte) random.nextInt();
            case 1 -> bytes[at] = (byte) "0123456789{}[]\",:-.e= \n\\".charAt(random.nextInt(24));
            case 2 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 3 -> {
                int from = random.nextInt(bytes.length);
                int count = Math.min(1 + random.nextInt(32), bytes.length - Math.max(at, from));
                System.arraycopy(bytes, from, bytes, at, count);
            }
            default -> {
                byte[] longer = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(16));
                System.arraycopy(bytes, at, longer, longer.length - (bytes.length - at), bytes.length - at);
                return longer;
            }
        }
        return bytes;
    }
}
