package dev.duet.backend.cuda;

import dev.duet.DuetException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/** Duet's own kernels: the PTX modules of this package's resources, each loaded when a kernel of it is first wanted. */
final class Kernels {
    /** One per file of {@code kernels/}. */
    private static final List<String> MODULES = List.of(
            "gather",
            "augment",
            "alignment",
            "noise",
            "latent",
            "latent_separate",
            "likelihood",
            "output",
            "layer",
            "patches",
            "norm",
            "pool",
            "dropout",
            "join",
            "classifier",
            "adam");

    private final Map<String, Module> modules = new HashMap<>(); // by entry
    private final Map<String, Kernel> kernels = new HashMap<>();
    private final List<CUmodule> loaded = new ArrayList<>();

    private static final class Module {
        private final String name;
        private final String ptx;
        private final Map<String, List<Integer>> parameterBytes;
        private CUmodule handle; // null until loaded

        private Module(String name, String ptx) {
            this.name = name;
            this.ptx = ptx;
            parameterBytes = Ptx.parameterBytes(ptx);
        }
    }

    Kernels() {
        for (String name : MODULES) {
            Module module = new Module(name, text(name));
            module.parameterBytes.keySet().forEach(entry -> modules.put(entry, module));
        }
    }

    private static String text(String module) {
        String resource = "ptx/" + module + ".ptx";
        try (InputStream in = Kernels.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new DuetException("kernels " + resource + ": expected them beside Duet's classes, got nothing;"
                        + " build Duet again");
            }
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws DuetException if there is none of this name, or the driver does not take its module */
    Kernel kernel(String name) {
        return kernels.computeIfAbsent(name, this::load);
    }

    private Kernel load(String name) {
        Module module = modules.get(name);
        if (module == null) {
            throw new DuetException("kernel " + name + ": expected one of " + modules.keySet() + "; build Duet again");
        }
        if (module.handle == null) module.handle = load(module);
        CUfunction function = new CUfunction();
        int code = JCudaDriver.cuModuleGetFunction(function, module.handle, name);
        Cuda.check(code, "cuModuleGetFunction", "kernel " + name + " of " + module.name + ".ptx");
        return new Kernel(name, function, module.parameterBytes.get(name));
    }

    private CUmodule load(Module module) {
        CUmodule handle = new CUmodule();
        int code = JCudaDriver.cuModuleLoadData(handle, (module.ptx + "\0").getBytes(StandardCharsets.US_ASCII));
        Cuda.check(code, "cuModuleLoadData", "kernels " + module.name + ".ptx");
        loaded.add(handle);
        return handle;
    }

    /** Unloads all modules. */
    void unload() {
        loaded.forEach(JCudaDriver::cuModuleUnload);
        loaded.clear();
    }
}
