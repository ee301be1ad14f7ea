package dev.duet.backend.cuda;

import dev.duet.DuetException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * Looks for a GPU to compute on, step by step, and collects every reason why there is none: libraries as files; the driver,
 * its version and its devices; cuBLAS and cuDNN; a context with both. No step begins before what could end the process in it
 * has been ruled out.
 */
public final class CudaProbe {
    /** CUDA 12.0 (driver 525): what JCuda's driver library was built for, and the PTX of the kernels. */
    static final int MINIMUM_DRIVER = 12000;

    /** Turing, for which the kernels' PTX is made. */
    static final int MINIMUM_CAPABILITY = 75;

    private static final int NAME_BYTES = 256;

    private final LibraryPlaces places;
    private final List<String> reasons = new ArrayList<>();
    private final List<CudaReport.Gpu> gpus = new ArrayList<>();
    private CudaLibraries libraries;
    private String driverVersion = "";

    private CudaProbe(LibraryPlaces places) {
        this.places = places;
    }

    /**
     * What there is on this machine. Never throws for what it finds.
     *
     * @param ordinal of the GPU asked for
     * @param home folder with the CUDA libraries, or null to look in the usual places
     */
    public static CudaReport report(int ordinal, Path home) {
        CudaProbe probe = new CudaProbe(LibraryPlaces.ofMachine(home));
        try {
            probe.open(ordinal).close();
            return probe.report();
        } catch (CudaUnavailable e) {
            return probe.report();
        }
    }

    private CudaReport report() {
        List<CudaReport.Library> loaded = libraries == null ? List.of() : libraries.loaded();
        return new CudaReport(driverVersion, kernelModule(places.root()), gpus, loaded, reasons);
    }

    /**
     * Looks for the driver's library alone, in no time.
     *
     * @throws CudaUnavailable if it is not there
     */
    public static void requireDriver(Path home) {
        List<String> reasons = new ArrayList<>();
        LibrarySearch.driver(LibraryPlaces.ofMachine(home), reasons);
        if (!reasons.isEmpty()) throw new CudaUnavailable(reasons);
    }

    /** @throws CudaUnavailable with every reason found */
    static CudaDevice open(int ordinal, Path home) {
        return open(ordinal, LibraryPlaces.ofMachine(home));
    }

    /** The same with libraries from {@code places}. */
    static CudaDevice open(int ordinal, LibraryPlaces places) {
        return new CudaProbe(places).open(ordinal);
    }

    private CudaDevice open(int ordinal) {
        libraries = CudaLibraries.find(places, reasons);
        stopIfImpossible();
        boolean driver = attempt(this::driver);
        // Out of the jar they take a gigabyte and many seconds to unpack.
        if (driver || !libraries.packed()) attempt(this::libraries);
        stopIfImpossible();
        CUdevice device = device(ordinal);
        stopIfImpossible();
        CUcontext context = new CUcontext();
        require("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
        stopIfImpossible();
        require("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
        if (reasons.isEmpty()) libraries.tryHandles(reasons);
        if (reasons.isEmpty()) attempt(CudaProbe::kernels);
        if (!reasons.isEmpty()) JCudaDriver.cuDevicePrimaryCtxRelease(device);
        stopIfImpossible();
        return new CudaDevice(device, context, gpus.get(ordinal), libraries.versions(driverVersion));
    }

    private void stopIfImpossible() {
        if (!reasons.isEmpty()) throw new CudaUnavailable(reasons);
    }

    /** Whether the step succeeded; what it throws becomes a reason. */
    private boolean attempt(BooleanSupplier step) {
        try {
            return step.getAsBoolean();
        } catch (LinkageError | DuetException e) {
            reasons.add(firstLine(e));
            return false;
        }
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    private boolean libraries() {
        libraries.load();
        return true;
    }

    private boolean driver() {
        List<String> absent = libraries.loadDriver(reasons);
        if (!reasons.isEmpty()) return false;
        int[] version = {0};
        if (!require("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(version))) return false;
        driverVersion = version[0] / 1000 + "." + version[0] % 1000 / 10;
        int minimum = Math.max(MINIMUM_DRIVER, libraries.major() * 1000);
        if (version[0] < minimum) {
            reasons.add("the NVIDIA driver is too old: it is for CUDA " + driverVersion
                    + ", Duet with these libraries needs " + minimum / 1000 + ".0"
                    + (minimum > MINIMUM_DRIVER ? " (driver 580)" : " (driver 525)") + " or newer");
        } else if (!absent.isEmpty()) {
            reasons.add("the NVIDIA driver lacks " + absent.size() + " functions that drivers for CUDA " + driverVersion
                    + " have, such as " + absent.get(absent.size() / 2) + "; install it anew");
        }
        int code = JCudaDriver.cuInit(0);
        if (code != CUresult.CUDA_SUCCESS) reasons.add(refused(code));
        return reasons.isEmpty();
    }

    /** What the driver's refusal to start means. */
    private static String refused(int code) {
        String meaning = switch (code) {
            case CUresult.CUDA_ERROR_STUB_LIBRARY ->
                "libcuda.so.1 is the stub for building; name the driver's own folder first";
            case CUresult.CUDA_ERROR_NO_DEVICE ->
                "there is no NVIDIA GPU that this process may use; look at nvidia-smi and CUDA_VISIBLE_DEVICES";
            case CUresult.CUDA_ERROR_DEVICE_UNAVAILABLE -> "the GPU is taken by another process";
            case CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH ->
                "libcuda.so.1 and the kernel's module are of different drivers; restart the machine";
            case CUresult.CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE ->
                "CUDA's compatibility package does not support this GPU; remove it from the path";
            default -> "the driver does not start; look at nvidia-smi and the kernel's log (dmesg)";
        };
        return "cuInit failed with " + CUresult.stringFor(code) + " (" + code + "): " + meaning;
    }

    /** The GPU asked for; null, with a reason, if there is none that will do. */
    private CUdevice device(int ordinal) {
        int[] count = {0};
        if (!require("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(count))) return null;
        for (int i = 0; i < count[0]; i++) if (!describe(i)) return null;
        if (ordinal >= count[0]) {
            reasons.add("no GPU cuda:" + ordinal + ": the driver shows " + count[0] + ", counted from 0");
            return null;
        }
        CudaReport.Gpu gpu = gpus.get(ordinal);
        if (gpu.capability() < MINIMUM_CAPABILITY) {
            reasons.add("cuda:" + ordinal + " (" + gpu.name() + ") has compute capability " + gpu.capability() / 10
                    + "." + gpu.capability() % 10 + "; Duet needs 7.5 (Turing) or newer");
        }
        CUdevice device = new CUdevice();
        require("cuDeviceGet", JCudaDriver.cuDeviceGet(device, ordinal));
        return device;
    }

    private boolean describe(int ordinal) {
        CUdevice device = new CUdevice();
        byte[] name = new byte[NAME_BYTES];
        long[] bytes = {0};
        int[] major = {0};
        int[] minor = {0};
        if (!require("cuDeviceGet", JCudaDriver.cuDeviceGet(device, ordinal))
                || !require("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, NAME_BYTES, device))
                || !require("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(bytes, device))
                || !require("cuDeviceGetAttribute", attribute(major, true, device))
                || !require("cuDeviceGetAttribute", attribute(minor, false, device))) return false;
        String text = new String(name, StandardCharsets.UTF_8);
        gpus.add(
                new CudaReport.Gpu(ordinal, text.substring(0, text.indexOf('\0')), 10 * major[0] + minor[0], bytes[0]));
        return true;
    }

    private static int attribute(int[] value, boolean major, CUdevice device) {
        int which = major
                ? CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
                : CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
        return JCudaDriver.cuDeviceGetAttribute(value, which, device);
    }

    /** Whether the driver takes the kernels' PTX: of them all, the smallest. */
    private static boolean kernels() {
        Kernels kernels = new Kernels();
        try {
            kernels.kernel("normal");
            return true;
        } finally {
            kernels.unload();
        }
    }

    private boolean require(String call, int code) {
        if (code == CUresult.CUDA_SUCCESS) return true;
        reasons.add(call + " failed with " + CUresult.stringFor(code) + " (" + code + "); look at nvidia-smi");
        return false;
    }

    /** From "NVRM version: NVIDIA UNIX … Kernel Module  580.95.05  …"; empty if it is not loaded. */
    static String kernelModule(Path root) {
        try (Stream<String> lines = Files.lines(root.resolve("proc/driver/nvidia/version"))) {
            return lines.filter(line -> line.startsWith("NVRM version:"))
                    .flatMap(line -> Stream.of(line.split("\\s+")))
                    .filter(word -> word.matches("[0-9]+\\.[0-9.]+"))
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return "";
        }
    }
}
