package dev.duet.backend;

/** How a batch is cut into shards: into consecutive rows, as evenly as whole rows allow. */
public final class Shards {
    private Shards() {}

    /** First row of shard {@code shard} of {@code shards}: ⌊batch · shard / shards⌋; for {@code shard == shards} the batch. */
    public static int first(int batch, int shards, int shard) {
        return (int) ((long) batch * shard / shards);
    }

    /** Rows of shard {@code shard}. */
    public static int rows(int batch, int shards, int shard) {
        return first(batch, shards, shard + 1) - first(batch, shards, shard);
    }
}
