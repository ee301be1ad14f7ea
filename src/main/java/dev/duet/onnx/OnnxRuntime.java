package dev.duet.onnx;

import dev.duet.DuetException;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.Buffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * ONNX Runtime's Java library ({@code com.microsoft.onnxruntime:onnxruntime}), found at run time. One per process: its native part
 * can be loaded but once.
 */
public final class OnnxRuntime {
    private static final String PACKAGE = "ai.onnxruntime.";
    private static final String HOW_TO_GET = "get it by ./mvnw -q -Ponnx -Dduet.quick -Dmaven.test.skip=true package"
            + " (139 MB, into target/lib), or name its jar by --onnx-runtime";

    private final Class<?> environmentClass;
    private final Class<?> optionsClass;
    private final Class<?> tensorClass;
    private final Object environment;

    private OnnxRuntime(ClassLoader loader) throws ClassNotFoundException {
        environmentClass = Class.forName(PACKAGE + "OrtEnvironment", true, loader);
        optionsClass = Class.forName(PACKAGE + "OrtSession$SessionOptions", true, loader);
        tensorClass = Class.forName(PACKAGE + "OnnxTensor", true, loader);
        environment = invoke("ONNX Runtime", null, environmentClass, "getEnvironment", new Class<?>[0]);
    }

    /**
     * The library on the class path.
     *
     * @throws DuetException if it is not there or does not start; says how to get it
     */
    public static OnnxRuntime onClassPath() {
        return load(OnnxRuntime.class.getClassLoader(), "not found beside Duet's libraries");
    }

    /**
     * The library in {@code jar}.
     *
     * @throws DuetException if it is not there or does not start
     */
    public static OnnxRuntime in(Path jar) {
        if (!Files.isRegularFile(jar))
            throw new DuetException("ONNX Runtime: expected its jar, got no file " + jar + "; " + HOW_TO_GET);
        try {
            // Never closed: classes may be loaded from it until the process ends.
            @SuppressWarnings("resource")
            URLClassLoader loader =
                    new URLClassLoader(new URL[] {jar.toUri().toURL()}, OnnxRuntime.class.getClassLoader());
            return load(loader, "not in " + jar);
        } catch (MalformedURLException e) {
            throw new DuetException("ONNX Runtime: " + jar + " is no path that Java can load from", e);
        }
    }

    private static OnnxRuntime load(ClassLoader loader, String absent) {
        try {
            return new OnnxRuntime(loader);
        } catch (ClassNotFoundException e) {
            throw new DuetException(
                    "ONNX Runtime, which judges in ONNX format need, is " + absent + "; " + HOW_TO_GET, e);
        } catch (LinkageError e) {
            throw new DuetException("ONNX Runtime does not start: " + e + "; " + HOW_TO_GET, e);
        }
    }

    /**
     * Reads a network from {@code file}.
     *
     * @param threads that compute, 0 for as many as there are cores
     * @throws DuetException if the file is not there or no network that this runtime can run
     */
    public OnnxModel open(Path file, int threads) {
        if (!Files.isRegularFile(file)) throw new DuetException("ONNX model: expected a file, got none at " + file);
        String what = "ONNX model " + file;
        Object options = create(what, optionsClass);
        try {
            if (threads > 0) invoke(what, options, optionsClass, "setIntraOpNumThreads", types(int.class), threads);
            Object session = invoke(
                    what,
                    environment,
                    environmentClass,
                    "createSession",
                    types(String.class, optionsClass),
                    file.toString(),
                    options);
            return new Session(what, session);
        } finally {
            close(what, options);
        }
    }

    private final class Session implements OnnxModel {
        private final String what;
        private final Object session;
        private final List<Port> inputs;
        private final List<Port> outputs;

        Session(String what, Object session) {
            this.what = what;
            this.session = session;
            inputs = ports("getInputInfo");
            outputs = ports("getOutputInfo");
        }

        /** What is no tensor, a sequence for instance, has its own type's name and no extents. */
        private List<Port> ports(String method) {
            Map<?, ?> infos = (Map<?, ?>) get(what, session, method);
            List<Port> out = new ArrayList<>();
            infos.forEach((name, node) -> out.add(port((String) name, get(what, node, "getInfo"))));
            return List.copyOf(out);
        }

        private Port port(String name, Object info) {
            if (!info.getClass().getName().equals(PACKAGE + "TensorInfo"))
                return new Port(name, info.getClass().getSimpleName(), List.of());
            List<Long> extents = new ArrayList<>();
            for (long extent : (long[]) get(what, info, "getShape")) extents.add(extent);
            return new Port(name, type(info), extents);
        }

        private String type(Object tensorInfo) {
            try {
                return tensorInfo.getClass().getField("type").get(tensorInfo).toString();
            } catch (ReflectiveOperationException e) {
                throw new DuetException(unknownVersion(what), e);
            }
        }

        @Override
        public List<Port> inputs() {
            return inputs;
        }

        @Override
        public List<Port> outputs() {
            return outputs;
        }

        @Override
        public float[] run(float[] x, long... shape) {
            Object tensor = invoke(
                    what,
                    null,
                    tensorClass,
                    "createTensor",
                    types(environmentClass, FloatBuffer.class, long[].class),
                    environment,
                    FloatBuffer.wrap(x),
                    shape);
            try {
                Object result = invoke(
                        what,
                        session,
                        session.getClass(),
                        "run",
                        types(Map.class),
                        Map.of(inputs.get(0).name(), tensor));
                try {
                    return floats(invoke(what, result, result.getClass(), "get", types(int.class), 0));
                } finally {
                    OnnxRuntime.close(what, result);
                }
            } finally {
                OnnxRuntime.close(what, tensor);
            }
        }

        private float[] floats(Object output) {
            Buffer values = (Buffer) get(what, output, "getFloatBuffer");
            float[] out = new float[values.remaining()];
            ((FloatBuffer) values).get(out);
            return out;
        }

        @Override
        public void close() {
            OnnxRuntime.close(what, session);
        }
    }

    private static Class<?>[] types(Class<?>... types) {
        return types;
    }

    private static Object get(String what, Object target, String method) {
        return invoke(what, target, target.getClass(), method, new Class<?>[0]);
    }

    private static void close(String what, Object closeable) {
        get(what, closeable, "close");
    }

    private static Object create(String what, Class<?> of) {
        try {
            return of.getConstructor().newInstance();
        } catch (InvocationTargetException e) {
            throw failed(what, e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new DuetException(unknownVersion(what), e);
        }
    }

    private static Object invoke(
            String what, Object target, Class<?> of, String method, Class<?>[] types, Object... arguments) {
        try {
            return of.getMethod(method, types).invoke(target, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof LinkageError error) throw error;
            throw failed(what, e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new DuetException(unknownVersion(what), e);
        }
    }

    private static DuetException failed(String what, Throwable cause) {
        return new DuetException(what + ": " + cause.getMessage(), cause);
    }

    private static String unknownVersion(String what) {
        return what + ": the ONNX Runtime found has not the methods that Duet calls; " + HOW_TO_GET;
    }
}
