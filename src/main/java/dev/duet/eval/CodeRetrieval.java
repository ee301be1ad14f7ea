package dev.duet.eval;

import dev.duet.measure.Retrieval;

/**
 * Means of the shared code of {@code source} alone as queries among those of {@code target}.
 *
 * @param ranking of the codes of the query's class
 */
public record CodeRetrieval(String source, String target, Retrieval ranking) {}
