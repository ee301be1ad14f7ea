package dev.duet.architecture.broken.run;

/** Looks where its package must not look. */
public final class Offender {
    public dev.duet.architecture.broken.train.Offender train;
}
