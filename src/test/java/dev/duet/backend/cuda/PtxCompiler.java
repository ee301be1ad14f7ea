package dev.duet.backend.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/** CUDA 12.0's PTX compiler, which comes inside JCuda's natives and needs no GPU: what the oldest supported driver makes of PTX. */
final class PtxCompiler {
    /** What a kernel needs of a multiprocessor. */
    record Resources(int registers, int sharedBytes, int stackBytes, int spillBytes) {}

    private static final Pattern KERNEL = Pattern.compile("Function properties for '?(\\w+)'?\\s*\\R"
            + ".*?(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads\\s*\\R"
            + ".*?Used (\\d+) registers(.*)");
    private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

    static {
        load();
    }

    private PtxCompiler() {}

    /** The compiler's report, or its errors as an exception. */
    static String compile(String ptx, String architecture) {
        nvPTXCompilerHandle handle = new nvPTXCompilerHandle();
        check("create", JNvPTXCompiler.nvPTXCompilerCreate(handle, ptx.getBytes(UTF_8).length, terminated(ptx)));
        try {
            String[] options = {"--gpu-name=" + architecture, "--verbose"};
            if (JNvPTXCompiler.nvPTXCompilerCompile(handle, options.length, options) != 0) {
                throw new IllegalArgumentException(architecture + ": " + errors(handle));
            }
            return report(handle);
        } finally {
            check("destroy", JNvPTXCompiler.nvPTXCompilerDestroy(handle));
        }
    }

    /** Per kernel, from a report. */
    static Map<String, Resources> resources(String report) {
        Map<String, Resources> kernels = new TreeMap<>();
        Matcher kernel = KERNEL.matcher(report);
        while (kernel.find()) {
            Matcher shared = SHARED.matcher(kernel.group(6));
            kernels.put(
                    kernel.group(1),
                    new Resources(
                            Integer.parseInt(kernel.group(5)),
                            shared.find() ? Integer.parseInt(shared.group(1)) : 0,
                            Integer.parseInt(kernel.group(2)),
                            Integer.parseInt(kernel.group(3)) + Integer.parseInt(kernel.group(4))));
        }
        return kernels;
    }

    private static String errors(nvPTXCompilerHandle handle) {
        long[] size = new long[1];
        check("error log", JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(handle, size));
        byte[] log = new byte[(int) size[0] + 1];
        check("error log", JNvPTXCompiler.nvPTXCompilerGetErrorLog(handle, log));
        return new String(log, UTF_8).replace("\0", "");
    }

    private static String report(nvPTXCompilerHandle handle) {
        long[] size = new long[1];
        check("report", JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(handle, size));
        byte[] log = new byte[(int) size[0] + 1];
        check("report", JNvPTXCompiler.nvPTXCompilerGetInfoLog(handle, log));
        return new String(log, UTF_8).replace("\0", "");
    }

    private static byte[] terminated(String ptx) {
        return (ptx + "\0").getBytes(UTF_8);
    }

    private static void check(String call, int code) {
        if (code != 0) throw new IllegalStateException("PTX compiler: " + call + " failed with code " + code);
    }

    /** JCuda unpacks its library into the folder for temporary files, where JVMs that start together would meet. */
    private static void load() {
        String shared = System.getProperty("java.io.tmpdir");
        try {
            Path own = Files.createTempDirectory("duet-ptx");
            System.setProperty("java.io.tmpdir", own.toString());
            JNvPTXCompiler.setExceptionsEnabled(false);
            try (var files = Files.newDirectoryStream(own)) {
                for (Path file : files) Files.delete(file);
            }
            Files.delete(own);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            System.setProperty("java.io.tmpdir", shared);
        }
    }
}
