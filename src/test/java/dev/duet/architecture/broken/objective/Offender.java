package dev.duet.architecture.broken.objective;

/** Looks where its package must not look. */
public final class Offender {
    public dev.duet.architecture.broken.run.Offender run;
}
