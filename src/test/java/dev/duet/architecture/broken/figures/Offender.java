package dev.duet.architecture.broken.figures;

/** Looks where its package must not look. */
public final class Offender {
    public dev.duet.architecture.broken.cli.Offender cli;
}
