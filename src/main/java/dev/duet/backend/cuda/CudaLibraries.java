package dev.duet.backend.cuda;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jcuda.LogLevel;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasStatus;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnHandle;
import jcuda.libraryPropertyType;

/** The driver's library, cuBLAS and cuDNN as found on this machine: loads them, with JCuda's bindings to them. */
final class CudaLibraries {
    private static final String ADVICE = "; look at the GPU's free memory (nvidia-smi) and at the libraries' versions";

    private final Path driver;
    private final LibrarySearch.Found cublas;
    private final LibrarySearch.Found cudnn;
    private final LibrarySearch.Found compiler;
    private final Map<String, String> environment;
    private final List<CudaReport.Library> loaded = new ArrayList<>();
    private JniLibraries jni;

    private CudaLibraries(LibraryPlaces places, List<String> reasons) {
        driver = LibrarySearch.driver(places, reasons);
        LibrarySearch search = new LibrarySearch(places, reasons);
        cublas = search.cublas();
        cudnn = search.cudnn();
        compiler = cublas == null ? null : search.compiler(cublas.major(), cublas.packed());
        environment = places.environment();
    }

    /** @param reasons gets what is missing */
    static CudaLibraries find(LibraryPlaces places, List<String> reasons) {
        return new CudaLibraries(places, reasons);
    }

    /** Whether any must be unpacked. */
    boolean packed() {
        return cublas.packed() || cudnn.packed();
    }

    /** Version of CUDA that cuBLAS is of. */
    int major() {
        return cublas.major();
    }

    /** What {@link #load} and {@link #loadDriver} loaded, with versions. */
    List<CudaReport.Library> loaded() {
        return loaded;
    }

    /** Version by name, for logs, manifests and caches. */
    Map<String, String> versions(String driverVersion) {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("driver", driverVersion);
        for (CudaReport.Library library : loaded)
            if (!library.version().isEmpty()) versions.put(library.name(), library.version());
        versions.put("JCuda", JniLibraries.VERSION);
        return versions;
    }

    /**
     * Loads the driver's library, if what asks for its version is in it.
     *
     * @param reasons gets an entry if it is not
     * @return the functions that Duet calls and the library lacks; calling one would end the process
     */
    List<String> loadDriver(List<String> reasons) {
        List<String> absent = absent(driver);
        if (absent.contains("cuInit") || absent.contains("cuDriverGetVersion")) {
            reasons.add(driver + ": expected NVIDIA's driver library, got one without cuInit or cuDriverGetVersion");
            return absent;
        }
        LoadedLibraries.load(driver);
        jni = JniLibraries.open(cublas.major(), environment);
        jni.load("JCudaDriver", () -> JCudaDriver.setLogLevel(LogLevel.LOG_QUIET));
        JCudaDriver.setExceptionsEnabled(false);
        loaded.add(new CudaReport.Library("libcuda", "", driver.toString()));
        return absent;
    }

    private static List<String> absent(Path driver) {
        Set<String> given = Elf.of(driver).symbols(true);
        if (given.isEmpty()) return List.of();
        return DriverCalls.NAMES.stream().filter(name -> !given.contains(name)).toList();
    }

    /** Loads cuBLAS and cuDNN. */
    void load() {
        if (jni == null) jni = JniLibraries.open(cublas.major(), environment);
        if (compiler != null) loadAll(compiler);
        Path folder = loadAll(cublas);
        loaded.add(new CudaReport.Library("cuBLAS", bindCublas(), folder.toString()));
        folder = loadAll(cudnn);
        loaded.add(new CudaReport.Library("cuDNN", bindCudnn(), folder.toString()));
    }

    /** Each by its full path, so that those that need it find it by name; returns their folder. */
    private Path loadAll(LibrarySearch.Found found) {
        Path folder = found.packed() ? RedistJar.unpack(found.names(), environment) : found.folder();
        for (String name : found.names()) LoadedLibraries.load(folder.resolve(name));
        return folder;
    }

    private String bindCublas() {
        jni.load("JCublas2", () -> JCublas2.setLogLevel(LogLevel.LOG_QUIET));
        JCublas2.setExceptionsEnabled(false);
        List<String> parts = new ArrayList<>();
        for (int part : new int[] {
            libraryPropertyType.MAJOR_VERSION, libraryPropertyType.MINOR_VERSION, libraryPropertyType.PATCH_LEVEL
        }) {
            int[] value = {0};
            JCublas2.cublasGetProperty(part, value);
            parts.add(Integer.toString(value[0]));
        }
        return String.join(".", parts);
    }

    private String bindCudnn() {
        jni.load("JCudnn", () -> JCudnn.setLogLevel(LogLevel.LOG_QUIET));
        JCudnn.setExceptionsEnabled(false);
        long version = JCudnn.cudnnGetVersion();
        return version / 10000 + "." + version / 100 % 100 + "." + version % 100;
    }

    /** Opens and closes both libraries in the current context, the last thing that can fail. */
    void tryHandles(List<String> reasons) {
        cublasHandle forCublas = new cublasHandle();
        int code = JCublas2.cublasCreate(forCublas);
        if (code == cublasStatus.CUBLAS_STATUS_SUCCESS) JCublas2.cublasDestroy(forCublas);
        else reasons.add("cublasCreate failed with " + cublasStatus.stringFor(code) + " (" + code + ")" + ADVICE);
        cudnnHandle forCudnn = new cudnnHandle();
        code = JCudnn.cudnnCreate(forCudnn);
        if (code == 0) JCudnn.cudnnDestroy(forCudnn);
        else reasons.add("cudnnCreate failed with " + JCudnn.cudnnGetErrorString(code) + " (" + code + ")" + ADVICE);
    }
}
