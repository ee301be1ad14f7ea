package dev.duet.architecture.broken.backend;

/** Looks where its package must not look. */
public final class Offender {
    public dev.duet.architecture.broken.model.Offender model;
    public dev.duet.architecture.broken.backend.reference.Offender reference;
    public dev.duet.architecture.broken.backend.cpu.Offender cpu;
    public dev.duet.architecture.broken.backend.cuda.Offender cuda;
}
