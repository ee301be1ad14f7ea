package dev.duet.tensor;

/**
 * Philox4x32-10, the counter-based generator of Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011).
 * A draw is a pure function of (seed, stream, step, index), so every backend gets the same integers in any order and a
 * run restarts from its step number alone. {@code kernels/math/philox.h} is the same function for C++ and CUDA.
 */
public final class Philox {
    private static final int MULTIPLIER_0 = 0xD2511F53;
    private static final int MULTIPLIER_1 = 0xCD9E8D57;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final int ROUNDS = 10;

    /** What a draw is for: the third word of the counter, so that uses never share numbers. */
    public enum Stream {
        NOISE(0),
        INIT(1),
        PAIRING(2),
        SPLIT(3),
        SYNTHETIC(4),
        PRIOR(5),
        EVALUATION(6),
        DROPOUT(7),
        AUGMENT(8);

        private final int word;

        Stream(int word) {
            this.word = word;
        }

        /** Its counter word, the same in every version and in the kernels. */
        public int word() {
            return word;
        }
    }

    private Philox() {}

    /**
     * Four uniform 32-bit integers into {@code out}. Counter words: index low, index high, stream, step; key: seed.
     */
    public static void block(long seed, Stream stream, int step, long index, int[] out) {
        int c0 = (int) index;
        int c1 = (int) (index >>> 32);
        int c2 = stream.word;
        int c3 = step;
        int k0 = (int) seed;
        int k1 = (int) (seed >>> 32);
        for (int round = 0; round < ROUNDS; round++) {
            long p0 = (MULTIPLIER_0 & 0xFFFFFFFFL) * (c0 & 0xFFFFFFFFL);
            long p1 = (MULTIPLIER_1 & 0xFFFFFFFFL) * (c2 & 0xFFFFFFFFL);
            c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            c1 = (int) p1;
            c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c3 = (int) p0;
            k0 += WEYL_0;
            k1 += WEYL_1;
        }
        out[0] = c0;
        out[1] = c1;
        out[2] = c2;
        out[3] = c3;
    }

    /** The uniform in (0, 1) that a 32-bit draw stands for: (bits + ½) / 2³². */
    public static double uniform(int bits) {
        return ((bits & 0xFFFFFFFFL) + 0.5) * 0x1p-32;
    }

    /**
     * Standard normal number {@code index} of a stream by Box–Muller: block index/4 gives the pairs (0, 1) and (2, 3);
     * the even member takes the cosine, the odd one the sine.
     */
    public static double normal(long seed, Stream stream, int step, long index) {
        int[] block = new int[4];
        block(seed, stream, step, index >>> 2, block);
        int pair = (int) (index & 2);
        double radius = Math.sqrt(-2 * Math.log(uniform(block[pair])));
        double angle = 2 * Math.PI * uniform(block[pair + 1]);
        return (index & 1) == 0 ? radius * Math.cos(angle) : radius * Math.sin(angle);
    }

    /** A sequential view of one stream, for host code that draws one number after another. */
    public static final class Sequence {
        private final long seed;
        private final Stream stream;
        private final int step;
        private final int[] block = new int[4];
        private long next;

        public Sequence(long seed, Stream stream, int step) {
            this.seed = seed;
            this.stream = stream;
            this.step = step;
        }

        public int nextInt() {
            if ((next & 3) == 0) Philox.block(seed, stream, step, next >>> 2, block);
            return block[(int) (next++ & 3)];
        }

        /** Uniform in (0, 1). */
        public double nextDouble() {
            return uniform(nextInt());
        }

        /** Uniform in [0, bound) by rejection, hence without bias. */
        public int nextInt(int bound) {
            if (bound <= 0) throw new IllegalArgumentException("bound must be positive, got " + bound);
            long limit = (1L << 32) / bound * bound;
            long draw;
            do {
                draw = nextInt() & 0xFFFFFFFFL;
            } while (draw >= limit);
            return (int) (draw % bound);
        }

        /** Standard normal (Box–Muller, cosine branch). */
        public double nextGaussian() {
            double radius = Math.sqrt(-2 * Math.log(nextDouble()));
            return radius * Math.cos(2 * Math.PI * nextDouble());
        }

        /** Fisher–Yates shuffle in place. */
        public void shuffle(int[] values) {
            for (int i = values.length - 1; i > 0; i--) {
                int j = nextInt(i + 1);
                int swap = values[i];
                values[i] = values[j];
                values[j] = swap;
            }
        }
    }
}
