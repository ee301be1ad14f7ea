package dev.duet.architecture.broken.eval;

/** Looks where its package must not look. */
public final class Offender {
    public dev.duet.architecture.broken.figures.Offender figures;
}
