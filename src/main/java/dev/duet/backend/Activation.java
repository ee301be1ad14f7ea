package dev.duet.backend;

/** The function applied to a layer's affine output. */
public enum Activation {
    NONE,
    RELU
}
