package dev.duet.architecture.broken.model;

import java.awt.Color;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import javax.imageio.ImageIO;
import jcuda.ArchitectureStub;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.Pointer;
import picocli.CommandLine;

/** Uses what its package must not use; never run. */
final class LibraryOffender {
    memory dnnl;
    ArchitectureStub jcuda;
    Pointer javacpp;
    CommandLine picocli;
    Color awt;
    ImageIO imageio;
    Random random;
    ThreadLocalRandom threadLocalRandom;

    static void standardOutput() {
        System.out.println();
    }

    static void standardError() {
        System.err.println();
    }

    static void stackTrace(RuntimeException thrown) {
        thrown.printStackTrace();
    }

    static void exit() {
        System.exit(1);
    }

    static void runtimeExit() {
        Runtime.getRuntime().exit(1);
    }

    static void halt() {
        Runtime.getRuntime().halt(1);
    }

    static double mathRandom() {
        return Math.random();
    }

    static void shuffle(List<String> values) {
        Collections.shuffle(values);
    }
}
