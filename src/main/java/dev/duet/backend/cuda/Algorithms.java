package dev.duet.backend.cuda;

import dev.duet.DuetException;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import jcuda.driver.JCudaDriver;

/**
 * Which of cuDNN's algorithms computes a product: the fastest of those that repeat bit for bit, or with {@code fast} of all.
 * Found once, by running them into memory of the search's own, and then kept on disk; where there is no memory for that, cuDNN's
 * guess is taken.
 */
final class Algorithms {
    private static final System.Logger LOG = System.getLogger(Algorithms.class.getName());

    /** A larger workspace is not worth its memory. */
    private static final long MAX_WORKSPACE = 8L << 30;

    private static final int SHARE_OF_MEMORY = 8;
    private static final long ALIGNMENT = 256;

    /** Of cuDNN 9. */
    private static final int INTERNAL_ERROR = 4000;

    private final CudaContext context;
    private final AlgorithmFile file;
    private final boolean fast;
    private final long limit;

    /** @param file keeps what is found */
    Algorithms(CudaContext context, AlgorithmFile file) {
        this.context = context;
        this.file = file;
        fast = context.options().fast();
        limit = Math.min(MAX_WORKSPACE, context.device().totalBytes() / SHARE_OF_MEMORY);
    }

    /**
     * @param algorithm cuDNN's number in its direction
     * @param bytes of workspace
     */
    record Choice(int algorithm, long bytes) {}

    /** A product to choose for. {@code where} names it in messages. */
    record Product(
            String where,
            Direction direction,
            ConvolutionShape shape,
            ConvolutionDescriptors descriptors,
            ConvolutionPointers pointers) {}

    /** @throws DuetException if there is no algorithm */
    Choice choose(Product product) {
        String key = key(product);
        Integer kept = file.get(key);
        if (kept != null) {
            Choice choice = choice(product, kept);
            if (choice != null && choice.bytes() <= limit) return choice;
        }
        Choice choice = best(product);
        file.put(key, choice.algorithm());
        LOG.log(
                System.Logger.Level.DEBUG,
                () -> product.where + ": algorithm " + choice.algorithm() + ", workspace of "
                        + Cuda.bytes(choice.bytes()));
        return choice;
    }

    /** With the workspace that cuDNN asks for, or null if the algorithm does not do this product. */
    private Choice choice(Product product, int algorithm) {
        long[] bytes = new long[1];
        int status = product.direction.workspaceBytes(context.cudnn(), product.descriptors, algorithm, bytes);
        return status == Cuda.SUCCESS ? new Choice(algorithm, bytes[0]) : null;
    }

    /** The first that does this product, of those that the search has timed and then of cuDNN's guesses. */
    private Choice best(Product product) {
        Candidates guessed = new Candidates();
        int status = listing(() -> product.direction.heuristics(context.cudnn(), product.descriptors, guessed));
        Cuda.checkCudnn(status, "listing the algorithms of " + product.direction.call, product.where);
        List<Candidates.Candidate> candidates = guessed.within(limit, fast);
        return Stream.concat(search(product, candidates).stream(), candidates.stream())
                .map(candidate -> choice(product, candidate.algorithm()))
                .filter(choice -> choice != null && choice.bytes() <= limit)
                .findFirst()
                .orElseThrow(() -> none(product));
    }

    /** The status of a call that lists algorithms. */
    private static int listing(IntSupplier call) {
        try {
            return call.getAsInt();
        } catch (ArrayIndexOutOfBoundsException e) {
            return INTERNAL_ERROR; // after a call that failed, JCudnn reads a count that nobody has set
        }
    }

    /** Runs what cuDNN has and lists it, the fastest first; empty where that cannot be. */
    private List<Candidates.Candidate> search(Product product, List<Candidates.Candidate> candidates) {
        long workspace =
                candidates.stream().mapToLong(Candidates.Candidate::bytes).max().orElse(0);
        long start = (workspace + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        Raw.Device memory = new Raw.Device();
        if (JCudaDriver.cuMemAlloc(memory, start + resultBytes(product)) != Cuda.SUCCESS) return List.of();
        try {
            Candidates found = new Candidates();
            ConvolutionPointers pointers =
                    product.direction.withResult(product.pointers, new Raw.Device(memory.address() + start));
            int status = listing(() ->
                    product.direction.search(context.cudnn(), product.descriptors, pointers, memory, workspace, found));
            if (status != Cuda.SUCCESS) {
                LOG.log(
                        System.Logger.Level.DEBUG,
                        () -> product.where + ": searching failed with status " + status + "; taking cuDNN's guess");
            }
            return found.within(limit, fast);
        } finally {
            JCudaDriver.cuMemFree(memory);
        }
    }

    private static long resultBytes(Product product) {
        return product.direction.resultSize(product.shape) * Float.BYTES;
    }

    private DuetException none(Product product) {
        return new DuetException(product.direction.call + ", " + product.where + ": expected an algorithm within "
                + Cuda.bytes(limit) + " of workspace" + (fast ? "" : " that repeats bit for bit")
                + ", got none from cuDNN; try " + (fast ? "another precision" : "--fast, which takes any"));
    }

    String key(Product product) {
        return String.join(
                "|",
                context.device().name(),
                "cuDNN " + context.device().versions().get("cuDNN"),
                fast ? "fast" : "deterministic",
                context.options().precision().name(),
                product.direction.name(),
                product.shape.toString());
    }
}
