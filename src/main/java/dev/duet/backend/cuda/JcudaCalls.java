package dev.duet.backend.cuda;

import java.util.Set;

/**
 * The functions of the native libraries that Duet calls. A library that lacks one loads all the same, and the call then ends
 * the process with exit code 127; so they are looked for first. A test holds these lists against the calls in the code.
 */
final class JcudaCalls {
    static final Set<String> DRIVER = Set.of("cuInit", "cuDriverGetVersion");
    static final Set<String> CUBLAS = Set.of();
    static final Set<String> CUDNN = Set.of();

    private JcudaCalls() {}
}
