package dev.duet.architecture.broken.onnx;

/** Looks where its package must not look. */
public final class Offender {
    public dev.duet.architecture.broken.eval.Offender eval;
}
