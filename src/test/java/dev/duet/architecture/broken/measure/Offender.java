package dev.duet.architecture.broken.measure;

/** Looks where its package must not look. */
public final class Offender {
    public dev.duet.architecture.broken.eval.Offender eval;
}
