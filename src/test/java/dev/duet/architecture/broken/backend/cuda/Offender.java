package dev.duet.architecture.broken.backend.cuda;

/** What {@code backend.Offender} must not see. */
public final class Offender {}
